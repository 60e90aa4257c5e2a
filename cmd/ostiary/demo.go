package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// demo is what --demo makes, prints, and writes to demo.json for scripts to read.
type demo struct {
	Issuer       string `json:"issuer"`
	Username     string `json:"username"`
	Password     string `json:"password"`
	ClientID     string `json:"client_id"` // a confidential client
	ClientSecret string `json:"client_secret"`
	PublicClient string `json:"public_client_id"`
	Admin        string `json:"admin_username"`
	AdminSecret  string `json:"admin_password"`

	file string // where this is kept
}

const demoPublicClient = "demo"

// openDemo returns the demo of the folder: the one that an earlier start made, or
// a new one.
func openDemo(ctx context.Context, path string, parts issue.Parts) (demo, error) {
	d, err := readDemo(path)
	if err != nil {
		return demo{}, err
	}
	d.Issuer, d.file = parts.Config.Issuer, path
	if d.Admin == "" { // made by an earlier version
		d.Admin, d.AdminSecret = "admin", newPassword()
	}
	if err := errors.Join(d.addUser(ctx, parts.Users), d.addAdmin(ctx, parts.Users)); err != nil {
		return demo{}, err
	}
	if err := d.addClients(ctx, parts.Clients); err != nil {
		return demo{}, err
	}
	content, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return demo{}, err
	}
	return d, private(path, append(content, '\n'))
}

// readDemo reads demo.json, or makes up its content.
func readDemo(path string) (demo, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return demo{
			Username: "alice", Password: newPassword(),
			ClientID: "demo-server", ClientSecret: rand.Text() + rand.Text(), PublicClient: demoPublicClient,
		}, nil
	}
	var d demo
	if err == nil {
		err = json.Unmarshal(content, &d)
	}
	if err != nil {
		return demo{}, fmt.Errorf("%s: %w (delete it to have a new one)", path, err)
	}
	return d, nil
}

// newPassword has 80 random bits.
func newPassword() string { return strings.ToLower(rand.Text()[:16]) }

func (d demo) addAdmin(ctx context.Context, users *identity.Users) error {
	_, err := users.ByUsername(ctx, d.Admin)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	_, err = users.Add(ctx, identity.NewUser{
		Username: d.Admin, Password: oauth.Secret(d.AdminSecret), Groups: []string{identity.Administrators},
		StandardClaims: oauth.StandardClaims{Name: "Ada Administrator"},
	})
	return err
}

func (d demo) addUser(ctx context.Context, users *identity.Users) error {
	_, err := users.ByUsername(ctx, d.Username)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	verified := true
	_, err = users.Add(ctx, identity.NewUser{
		Username: d.Username, Password: oauth.Secret(d.Password),
		StandardClaims: oauth.StandardClaims{
			Name: "Alice Example", GivenName: "Alice", FamilyName: "Example", Email: "alice@example.com", EmailVerified: &verified,
		},
	})
	return err
}

func (d demo) addClients(ctx context.Context, clients *identity.Clients) error {
	scope := oauth.Scope{oauth.OpenID, oauth.Profile, oauth.Email, oauth.OfflineAccess, "demo:read"}
	grants := []oauth.GrantType{oauth.AuthorizationCode, oauth.Password, oauth.RefreshToken}
	redirects := []string{"http://127.0.0.1/callback"} // on any port: `ostiary token get`
	for _, registration := range []identity.Registration{
		{ID: d.PublicClient, ClientMetadata: oauth.ClientMetadata{
			ClientName: "Demo", TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: grants, Scope: scope, RedirectURIs: redirects,
			AuthorizationMetadata: oauth.AuthorizationMetadata{ApplicationType: "native"},
		}},
		{ID: d.ClientID, Secret: oauth.Secret(d.ClientSecret), ClientMetadata: oauth.ClientMetadata{
			ClientName: "Demo server", TokenEndpointAuthMethod: oauth.ClientSecretBasic, Scope: scope,
			GrantTypes: append(grants, oauth.ClientCredentials), RedirectURIs: redirects,
		}},
	} {
		if _, err := clients.Get(ctx, registration.ID); err == nil {
			continue
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if _, _, err := clients.Add(ctx, registration); err != nil {
			return err
		}
	}
	return nil
}

// program is how to start this program again. What go run builds lies in a cache, and
// under no name that anybody could type.
func program(path string) string {
	if strings.Contains(path, "go-build") {
		return "go run ./cmd/ostiary"
	}
	return path
}

// print shows what to type next.
func (d demo) print(w io.Writer, url string) {
	fmt.Fprintf(w, `
  user      %s
  password  %s
  client    %s (public), %s (secret in %s)
  admin     %s, password %s

Administer it:
  %s/admin

Sign in with a browser:
  %s token get --issuer %s

Or without one:
  curl -d grant_type=password -d client_id=%s -d username=%s -d password=%s %s/token

Then call the API behind the authorizer with the access_token:
  curl -H "Authorization: Bearer eyJ..." %s/protected
`, d.Username, d.Password, d.PublicClient, d.ClientID, d.file, d.Admin, d.AdminSecret, d.Issuer, program(os.Args[0]), d.Issuer, d.PublicClient, d.Username, d.Password, url, url)
}
