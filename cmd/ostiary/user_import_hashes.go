package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// userHashesCommand tells how far passwords that were hashed elsewhere have become ours.
func (a *app) userHashesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "hashes",
		Short: "Count the passwords whose hash is still from elsewhere",
		Long: `Count the passwords whose hash is still from elsewhere, because their owners have not signed in since the import.
As long as there are some every sign-in computes two hashes, so that its time tells nothing; when none is left, this
command ends that.`,
		Args: cobra.NoArgs,
		RunE: a.withUsers(func(ctx context.Context, users *identity.Users, _ []string) error {
			left, err := users.ImportedHashes(ctx)
			if err != nil {
				return err
			}
			return a.print(left, func(w io.Writer) {
				if len(left) == 0 {
					fmt.Fprintln(w, "Every password has a hash of ours.")
				}
				for _, form := range slices.Sorted(maps.Keys(left)) {
					fmt.Fprintf(w, "%s by %s\n", counted(left[form], "password"), form)
				}
			})
		}),
	}
}
