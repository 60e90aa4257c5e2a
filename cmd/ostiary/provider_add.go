package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

func (a *app) providerAddCommand() *cobra.Command {
	f := &providerFlags{}
	command := &cobra.Command{
		Use: "add ID", Short: "Let people sign in by another provider", Args: cobra.ExactArgs(1),
		Long: `Let people sign in by another provider. The ID stands in the redirect URI, which is printed to be registered there.

The client secret is asked for, or read as the first line of standard input; a private key is read from --key-file.`,
	}
	command.RunE = a.withProviders(func(ctx context.Context, providers *upstream.Providers, args []string) error {
		settings, err := f.preset()
		if err != nil {
			return err
		}
		if settings.Name == "" {
			settings.Name = args[0]
		}
		if err := f.apply(a, command, &settings); err != nil {
			return err
		}
		secret, err := a.providerSecret(ctx, f, settings.NeedsSecret())
		if err != nil {
			return err
		}
		made, err := providers.Add(ctx, args[0], settings, secret)
		if err != nil {
			return err
		}
		return a.printProvider(made)
	})
	flags := command.Flags()
	flags.StringVar(&f.presetName, "preset", "openid", "what kind of provider it is: "+upstream.PresetNames())
	flags.StringSliceVar(&f.tenants, "tenant", nil, "with --preset=entra: the directory's ID; several, or * for all of them")
	f.define(command)
	return command
}

func (a *app) providerUpdateCommand() *cobra.Command {
	f := &providerFlags{}
	var newSecret bool
	command := &cobra.Command{
		Use: "update ID", Short: "Change what is said of a provider; the rest stays", Args: cobra.ExactArgs(1),
	}
	command.RunE = a.withProviders(func(ctx context.Context, providers *upstream.Providers, args []string) error {
		if _, err := providers.Get(ctx, args[0]); err != nil { // before anything is asked for
			return err
		}
		secret, err := a.providerSecret(ctx, f, newSecret)
		if err != nil {
			return err
		}
		changed, err := providers.Update(ctx, args[0], secret, func(s *upstream.Settings) error { return f.apply(a, command, s) })
		if err != nil {
			return err
		}
		return a.printProvider(changed)
	})
	command.Flags().BoolVar(&newSecret, "new-secret", false, "ask for a client secret, or read it from standard input")
	f.define(command)
	return command
}

// providerSecret reads a private key where a file is named, else asks.
func (a *app) providerSecret(ctx context.Context, f *providerFlags, wanted bool) (oauth.Secret, error) {
	if f.keyFile != "" {
		key, err := a.readFile(f.keyFile)
		return oauth.Secret(key), err
	}
	if !wanted {
		return "", nil
	}
	return a.ask(ctx, "Client secret at the provider")
}

// printProvider says what is to be done at the other provider.
func (a *app) printProvider(p upstream.Provider) error {
	shown := a.shownProvider(p)
	return a.print(shown, func(w io.Writer) {
		fmt.Fprintf(w, "provider               %s\n", p.ID)
		fmt.Fprintf(w, "redirect URI           %s\n", shown.RedirectURI)
		if p.Kind == upstream.OpenID {
			fmt.Fprintf(w, "back-channel logout    %s\n", shown.LogoutURI)
		}
		fmt.Fprintln(a.err, "Register the redirect URI there, as it is written here.")
	})
}

// preset begins the settings.
func (f *providerFlags) preset() (upstream.Settings, error) {
	for _, preset := range upstream.Presets() {
		if preset.Name != f.presetName {
			continue
		}
		settings := preset.Settings
		switch {
		case preset.Needs == "tenant" && len(f.tenants) == 0 && f.issuer == "":
			return upstream.Settings{}, errors.New("name the directory by --tenant")
		case preset.Needs == "tenant" && len(f.tenants) > 0:
			settings.ForTenants(f.tenants)
		case preset.Needs == "issuer" && f.issuer == "":
			return upstream.Settings{}, errors.New("name the issuer by --issuer, as its metadata write it")
		}
		return settings, nil
	}
	return upstream.Settings{}, fmt.Errorf("there is no preset %s; there are %s", f.presetName, upstream.PresetNames())
}
