package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// userReindexCommand has people found by their addresses who were added before there was
// a record of them.
func (a *app) userReindexCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reindex", Short: "Have people found by their confirmed addresses, after an update", Args: cobra.NoArgs,
		Long: `Have people found by their confirmed addresses who were added by a version that knew them by their usernames
alone. Until then each of them is found when their record is next written. It can be broken off and done again.`,
		RunE: a.withUsers(func(ctx context.Context, users *identity.Users, _ []string) error {
			found := map[string]int{
				identity.AddressIndexed: 0, identity.AddressKnown: 0, identity.AddressShared: 0, identity.AddressNone: 0,
			}
			for page := (store.Page{Limit: 500}); ; {
				people, next, err := users.List(ctx, "", page)
				if err != nil {
					return err
				}
				for _, person := range people {
					what, err := users.Reindex(ctx, person.ID)
					if err != nil {
						return fmt.Errorf("%s: %w", person.Username, err)
					}
					found[what]++
				}
				if next == (store.Page{}) {
					break
				}
				page = next
			}
			return a.print(found, func(w io.Writer) {
				fmt.Fprintf(w, "%d can now be found by their address, %d could already; %d share one with somebody else, %d have none that is confirmed\n",
					found[identity.AddressIndexed], found[identity.AddressKnown], found[identity.AddressShared], found[identity.AddressNone])
			})
		}),
	}
}
