package main

import (
	"go/parser"
	"go/token"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Every library's settings can be made for every client that it fits, and Go reads
// what is written for it, whatever a name holds.
func TestSettingsOfEveryLibrary(t *testing.T) {
	made := map[string]int{}
	for _, method := range []oauth.AuthMethod{oauth.NoAuth, oauth.ClientSecretBasic, oauth.ClientSecretPost, oauth.PrivateKeyJWT} {
		for _, kind := range []string{"web", "native"} {
			client := oauth.Client{ID: `a"b`, ClientMetadata: oauth.ClientMetadata{
				TokenEndpointAuthMethod: method, RedirectURIs: []string{"https://app.example.com/back"}, ClientName: "</script> \\ 名",
				GrantTypes: []oauth.GrantType{oauth.AuthorizationCode}, Scope: oauth.Scope{oauth.OpenID, oauth.OfflineAccess},
				AuthorizationMetadata: oauth.AuthorizationMetadata{ApplicationType: kind},
			}}
			all, err := settingsFor(client, "https://id.example.com", allLibraries)
			check(t, err)
			for _, s := range all {
				made[s.name]++
				if s.name != "go-oidc" {
					continue
				}
				if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+s.text+"}", 0); err != nil {
					t.Errorf("%s, %s: %v\n%s", method, kind, err, s.text)
				}
			}
		}
	}
	for _, l := range libraries() {
		if made[l.name] == 0 {
			t.Errorf("no client has settings for %s", l.name)
		}
	}
}
