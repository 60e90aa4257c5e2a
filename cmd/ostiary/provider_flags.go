package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// providerFlags are the settings of a provider that can be given without a file.
type providerFlags struct {
	presetName, file, keyFile              string
	tenants                                []string
	name, issuer, clientID, auth           string
	scope, keyID, teamID, apiURI, alg      string
	domains, acrValues                     []string
	order                                  int
	claims, acr, require                   map[string]string
	create, trustEmail, trustAMR, userinfo bool
	hidden, disabled, logout, keepTokens   bool
}

func (f *providerFlags) define(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVarP(&f.file, "file", "f", "", "a file with settings in JSON, as provider show --json prints them; flags go before it")
	flags.StringVar(&f.name, "name", "", "what the button says")
	flags.StringVar(&f.issuer, "issuer", "", "the issuer identifier, as the provider's metadata write it")
	flags.StringVar(&f.clientID, "client-id", "", "the client_id that the provider knows this one by")
	flags.StringVar(&f.auth, "auth-method", "", "client_secret_basic, client_secret_post, private_key_jwt or none")
	flags.StringVar(&f.keyFile, "key-file", "", "a private key in PEM: Apple's, or one of its own for private_key_jwt")
	flags.StringVar(&f.keyID, "key-id", "", "the kid of that key")
	flags.StringVar(&f.teamID, "team-id", "", "Apple's team ID")
	flags.StringVar(&f.apiURI, "api-uri", "", "where a GitHub's API is, when it is not github.com's")
	flags.StringVar(&f.scope, "scope", "", "scope to ask for, separated by spaces")
	flags.StringVar(&f.alg, "id-token-alg", "", "the one algorithm of id_tokens; HS256 is by the client secret")
	flags.IntVar(&f.order, "order", 0, "the place of the button, the smallest first")
	flags.StringSliceVar(&f.domains, "domain", nil, "e-mail domains whose people are sent there")
	flags.StringSliceVar(&f.acrValues, "acr-value", nil, "acr_values that lead a request there")
	flags.StringToStringVar(&f.claims, "claim", nil, "OURS=THEIRS: which claim of theirs fills one of ours")
	flags.StringToStringVar(&f.acr, "acr", nil, "THEIRS=OURS: which of our classes one of theirs is")
	flags.StringToStringVar(&f.require, "require", nil, "CLAIM=VALUE that people must have; several values by |")
	flags.BoolVar(&f.create, "create-users", false, "give who is not known here an account")
	flags.BoolVar(&f.trustEmail, "trust-email", false, "believe that addresses which it calls verified are")
	flags.BoolVar(&f.trustAMR, "trust-amr", false, "take over how it says that people proved who they are")
	flags.BoolVar(&f.userinfo, "userinfo", false, "ask its userinfo endpoint for claims that its id_tokens lack")
	flags.BoolVar(&f.hidden, "hidden", false, "show no button")
	flags.BoolVar(&f.disabled, "disabled", false, "let nobody sign in by it")
	flags.BoolVar(&f.keepTokens, "keep-tokens", false, "keep the tokens that it gives for people, for clients that may ask for them")
	flags.BoolVar(&f.logout, "propagate-logout", false, "sign people out there, too")
}

// apply puts the flags that were given over the settings.
func (f *providerFlags) apply(a *app, command *cobra.Command, s *upstream.Settings) error {
	if f.file != "" {
		content, err := a.readFile(f.file)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(content, s); err != nil {
			return fmt.Errorf("%s: %w", f.file, err)
		}
	}
	var scope oauth.Scope
	if f.scope != "" {
		var err error
		if scope, err = oauth.ParseScope(f.scope); err != nil {
			return err
		}
	}
	set := map[string]func(){
		"name": func() { s.Name = f.name }, "issuer": func() { s.Issuer = f.issuer }, "client-id": func() { s.ClientID = f.clientID },
		"auth-method": func() { s.Auth = oauth.AuthMethod(f.auth) }, "key-id": func() { s.KeyID = f.keyID },
		"team-id": func() { s.TeamID = f.teamID }, "api-uri": func() { s.APIURI = f.apiURI }, "scope": func() { s.Scope = scope },
		"id-token-alg": func() { s.IDTokenAlg = oauth.Alg(f.alg) }, "order": func() { s.Order = f.order },
		"domain": func() { s.Domains = f.domains }, "acr-value": func() { s.ACRValues = f.acrValues },
		"claim": func() { s.Claims = f.claims }, "acr": func() { s.ACR = f.acr }, "require": func() { s.RequiredClaims = f.required() },
		"create-users": func() { s.CreateUsers = f.create }, "trust-email": func() { s.TrustEmail = f.trustEmail },
		"trust-amr": func() { s.TrustAMR = f.trustAMR }, "userinfo": func() { s.Userinfo = f.userinfo },
		"hidden": func() { s.Hidden = f.hidden }, "disabled": func() { s.Disabled = f.disabled },
		"propagate-logout": func() { s.PropagateLogout = f.logout }, "keep-tokens": func() { s.KeepTokens = f.keepTokens },
	}
	for name, apply := range set {
		if command.Flags().Changed(name) {
			apply()
		}
	}
	return nil
}

func (f *providerFlags) required() map[string][]string {
	all := map[string][]string{}
	for claim, values := range f.require {
		all[claim] = strings.Split(values, "|")
	}
	return all
}
