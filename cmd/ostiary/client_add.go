package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// clientFlags are the metadata that can be given without a file.
type clientFlags struct {
	file, name, scope, authMethod, jwksURI   string
	grantTypes, redirects, resources, others []string
	secretStdin                              bool
	settings                                 string
}

func (a *app) clientAddCommand() *cobra.Command {
	var f clientFlags
	command := &cobra.Command{
		Use:   "add [CLIENT_ID]",
		Short: "Register a client and show its secret, once",
		Long: `Register a client. The file, if one is given (- is standard input), holds a JSON object of client metadata (RFC 7591),
which may include client_id and client_secret; flags say otherwise or more. What is left out is made up.`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.withBackend(func(ctx context.Context, b *backend, clients *identity.Clients, args []string) error {
			if f.settings != noLibrary {
				if err := knownLibrary(f.settings); err != nil { // before there is a client
					return err
				}
			}
			r, err := a.registration(ctx, f, args)
			if err != nil {
				return err
			}
			client, secret, err := clients.Add(ctx, r)
			if err != nil {
				return err
			}
			if err := a.printNewSecret(client, secret); err != nil {
				return err
			}
			if err := a.settingsOfNew(client, f.settings); err != nil {
				return err
			}
			return a.warnOfProviders(ctx, b, client.ClientMetadata)
		}),
	}
	flags := command.Flags()
	flags.StringVarP(&f.file, "file", "f", "", "a file with client metadata in JSON")
	flags.StringVar(&f.name, "name", "", "client_name")
	flags.StringVar(&f.scope, "scope", "", "scope, separated by spaces")
	flags.StringVar(&f.authMethod, "auth-method", "", "token_endpoint_auth_method: client_secret_basic, client_secret_post, private_key_jwt or none")
	flags.StringVar(&f.jwksURI, "jwks-uri", "", "jwks_uri: where the client's public keys are")
	flags.StringSliceVar(&f.grantTypes, "grant-type", nil, "grant_types: authorization_code, client_credentials, password, refresh_token, or token-exchange's")
	flags.StringSliceVar(&f.redirects, "redirect-uri", nil, "redirect_uris")
	flags.StringSliceVar(&f.resources, "resource", nil, "resource: the client is this API")
	flags.StringSliceVar(&f.others, "audience", nil, "audience: APIs that the client may ask tokens for")
	flags.BoolVar(&f.secretStdin, "secret-stdin", false, "ask for the secret, or read it from standard input, instead of making one")
	settingsFlag(command, &f.settings, allLibraries)
	return command
}

// settingsOfNew shows how to use a client that has just been added. A program that
// reads JSON asks for settings by themselves.
func (a *app) settingsOfNew(client oauth.Client, library string) error {
	if a.json || library == noLibrary || !client.Allows(oauth.AuthorizationCode) {
		return nil
	}
	made, err := settingsFor(client, a.settingsIssuer(), library)
	if err != nil {
		fmt.Fprintln(a.err, err) // the client is there all the same
		return nil
	}
	fmt.Fprintln(a.out)
	showSettings(a.out, made)
	return nil
}

// registration puts together what the file, the flags and the argument say.
func (a *app) registration(ctx context.Context, f clientFlags, args []string) (identity.Registration, error) {
	r, err := a.registrationFile(f.file)
	if err != nil {
		return r, err
	}
	if len(args) == 1 {
		r.ID = args[0]
	}
	if f.name != "" {
		r.ClientName = f.name
	}
	if f.scope != "" {
		if r.Scope, err = oauth.ParseScope(f.scope); err != nil {
			return r, err
		}
	}
	if f.authMethod != "" {
		r.TokenEndpointAuthMethod = oauth.AuthMethod(f.authMethod)
	}
	if f.jwksURI != "" {
		r.JWKSURI = f.jwksURI
	}
	for _, grant := range f.grantTypes {
		r.GrantTypes = append(r.GrantTypes, oauth.GrantType(grant))
	}
	r.RedirectURIs = append(r.RedirectURIs, f.redirects...)
	r.Resource = append(r.Resource, f.resources...)
	r.Audience = append(r.Audience, f.others...)
	if f.secretStdin {
		r.Secret, err = a.ask(ctx, "Secret of the client")
	}
	return r, err
}

// shownAlone are the members that client show adds to the metadata: who begins an
// update with them need not be told that they change nothing.
var shownAlone = []string{"client_id_issued_at", "secrets", "registration_terms"}

// registrationFile reads client metadata. Members that we do not understand are
// ignored (RFC 7591 §2), but not without a word.
func (a *app) registrationFile(file string) (r identity.Registration, err error) {
	if file == "" {
		return r, nil
	}
	content, err := a.readFile(file)
	if err != nil {
		return r, err
	}
	r, ignored, err := identity.ParseRegistration(content)
	if err != nil {
		mistake := oauth.AsError(err)
		if cause := mistake.Unwrap(); cause != nil {
			return r, fmt.Errorf("%s: %s: %v", file, mistake.Description, cause)
		}
		return r, fmt.Errorf("%s: %s", file, mistake.Description)
	}
	ignored = slices.DeleteFunc(ignored, func(member string) bool { return slices.Contains(shownAlone, member) })
	if len(ignored) > 0 {
		fmt.Fprintf(a.err, "ignored, for they mean nothing here: %s\n", strings.Join(ignored, ", "))
	}
	return r, nil
}
