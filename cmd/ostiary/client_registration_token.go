package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// registrationTokenFlags are what a token is good for.
type registrationTokenFlags struct {
	uses        int
	expires     time.Duration
	scope       string
	grantTypes  []string
	withoutPKCE bool
}

// clientRegistrationTokenCommand looks after the tokens by which clients register
// themselves.
func (a *app) clientRegistrationTokenCommand() *cobra.Command {
	var f registrationTokenFlags
	command := &cobra.Command{
		Use:   "registration-token",
		Short: "Make a token by which a client can register itself",
		Long: `Make an initial access token (RFC 7591) and show it, once. Whoever sends it to /register as a bearer token
can register a client that signs people in, as often as --uses says, where REGISTRATION is token or open.`,
		Args: cobra.NoArgs,
		RunE: a.withClients(func(ctx context.Context, clients *identity.Clients, _ []string) error {
			scope, err := oauth.ParseScope(f.scope)
			if err != nil {
				return err
			}
			terms := oauth.RegistrationTerms{Scope: scope, WithoutPKCE: f.withoutPKCE}
			for _, grant := range f.grantTypes {
				terms.GrantTypes = append(terms.GrantTypes, oauth.GrantType(grant))
			}
			token, secret, err := clients.AddRegistrationToken(ctx, terms, f.uses, f.expires)
			if err != nil {
				return err
			}
			return a.printRegistrationToken(token, secret)
		}),
	}
	flags := command.Flags()
	flags.IntVar(&f.uses, "uses", 1, "how many clients it registers")
	flags.DurationVar(&f.expires, "expires", 24*time.Hour, "how long it is good, up to 8760h")
	flags.StringVar(&f.scope, "scope", "", "what its clients may ask for at most, separated by spaces; REGISTRATION_SCOPE when left out")
	flags.StringSliceVar(&f.grantTypes, "grant-type", nil, "what else its clients may have: client_credentials, password")
	flags.BoolVar(&f.withoutPKCE, "without-pkce", false, "its confidential clients need no PKCE")
	command.AddCommand(a.registrationTokenListCommand(), a.registrationTokenDeleteCommand())
	return command
}

// shownRegistrationToken is a token without what it is kept by.
type shownRegistrationToken struct {
	ID      string                  `json:"id"`
	Token   string                  `json:"registration_token,omitempty"` // when it has just been made
	Created time.Time               `json:"created"`
	Expires time.Time               `json:"expires"`
	Uses    int                     `json:"uses"`
	Terms   oauth.RegistrationTerms `json:"terms"`
}

func showRegistrationToken(t identity.RegistrationToken) shownRegistrationToken {
	return shownRegistrationToken{ID: t.ID, Created: t.Created, Expires: t.Expires, Uses: t.Uses, Terms: t.Terms}
}

func (a *app) printRegistrationToken(token identity.RegistrationToken, secret oauth.Secret) error {
	shown := showRegistrationToken(token)
	shown.Token = string(secret)
	return a.print(shown, func(w io.Writer) {
		fmt.Fprintln(w, shown.Token)
		fmt.Fprintf(a.err, "It registers %s until %s, and is not shown again: note it down now.\n", counted(shown.Uses, "client"), minute(shown.Expires))
	})
}

func (a *app) registrationTokenListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the tokens that are still good", Args: cobra.NoArgs,
		RunE: a.withClients(func(ctx context.Context, clients *identity.Clients, _ []string) error {
			tokens, err := clients.RegistrationTokens(ctx)
			if err != nil {
				return err
			}
			shown := []shownRegistrationToken{}
			for _, token := range tokens {
				shown = append(shown, showRegistrationToken(token))
			}
			return a.print(shown, func(w io.Writer) {
				columns(w, "ID CREATED EXPIRES USES SCOPE GRANT_TYPES", shown, func(t shownRegistrationToken) []any {
					return []any{t.ID, minute(t.Created), minute(t.Expires), t.Uses, t.Terms.Scope, grants(t.Terms.GrantTypes)}
				})
			})
		}),
	}
}

func (a *app) registrationTokenDeleteCommand() *cobra.Command {
	return &cobra.Command{
		Use: "delete ID", Short: "End a token; what was registered by it stays", Args: cobra.ExactArgs(1),
		RunE: a.withClients(func(ctx context.Context, clients *identity.Clients, args []string) error {
			err := clients.DeleteRegistrationToken(ctx, args[0])
			if errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("there is no registration token %s", args[0])
			}
			if err != nil {
				return err
			}
			return a.print(map[string]string{"id": args[0], "done": "deleted"}, func(w io.Writer) {
				fmt.Fprintf(w, "%s deleted\n", args[0])
			})
		}),
	}
}
