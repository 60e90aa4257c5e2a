package upstream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/test/cache"
	"github.com/ostiary-auth/ostiary/test/person"
	"github.com/ostiary-auth/ostiary/test/serving"
)

// node starts oidc-provider with the clients, until the test ends, and returns its issuer.
func node(t *testing.T, clients ...map[string]any) string {
	t.Helper()
	folder := t.TempDir()
	program, err := os.ReadFile("oidc_provider.mjs")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, "oidc_provider.mjs"), program, 0o600))
	must(t, os.Symlink(filepath.Join(cache.Folder(t), "node", "node_modules"), filepath.Join(folder, "node_modules")))
	command := exec.CommandContext(t.Context(), "node", "oidc_provider.mjs")
	command.Dir = folder
	var said strings.Builder
	command.Stderr = &said
	in, err := command.StdinPipe()
	must(t, err)
	out, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("oidc-provider said:\n%s", said.String())
		}
	})
	must(t, json.NewEncoder(in).Encode(clients))
	issuer, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	return strings.TrimSpace(issuer)
}

// Signing in by oidc-provider, to which an assertion shows who we are, and signing out in
// both directions.
func TestPeopleSignInAndOutByNodeOIDCProvider(t *testing.T) {
	here := openHouse(t)
	issuer := node(t, map[string]any{
		"client_id": "house", "redirect_uris": []string{here.redirectURI("node")}, "token_endpoint_auth_method": "private_key_jwt",
		"token_endpoint_auth_signing_alg": "ES256", "jwks_uri": here.Issuer + "/jwks.json",
		"backchannel_logout_uri": here.Issuer + "/upstream/node/logout", "post_logout_redirect_uris": []string{here.Issuer + "/upstream/signed-out"},
	})
	here.connect(t, "node", issuer, serving.Client{ID: "house"},
		"--auth-method", "private_key_jwt", "--userinfo", "--create-users", "--trust-email", "--propagate-logout")
	jo := here.visitor(t, "jo", issuer)
	in := func() *person.Arrival {
		page, err := jo.Open(t.Context(), here.request("idp_hint", "node"))
		must(t, err)
		return page.Left()
	}
	claims := here.claims(t, in())
	if user := here.user(t, "jo@example.com"); user["name"] != "Jo of Node" || user["sub"] != claims["sub"] || user["email_verified"] != true {
		t.Errorf("got %v %v", user, claims)
	}

	page, err := jo.Open(t.Context(), here.Issuer+"/logout") // here, and so there
	page = walk(t, page, err,
		func(ctx context.Context, page *person.Page) (*person.Page, error) {
			return jo.Press(ctx, page, "logout-confirm", nil)
		},
		func(ctx context.Context, page *person.Page) (*person.Page, error) {
			return jo.Press(ctx, page, "leave", nil)
		})
	if !page.Has("logout-result") || here.in(t, jo) {
		t.Errorf("got %s", page.Source)
	}

	here.claims(t, in()) // there, and so here
	page, err = jo.Open(t.Context(), issuer+"/session/end?"+url.Values{"client_id": {"house"}}.Encode())
	walk(t, page, err, func(ctx context.Context, page *person.Page) (*person.Page, error) {
		return jo.Press(ctx, page, "leave", nil)
	})
	if here.in(t, jo) {
		t.Error("signed in here, where nobody is signed in there")
	}
}

// in reports whether somebody is signed in, which the client asks without a page.
func (h house) in(t *testing.T, who *person.Person) bool {
	t.Helper()
	page, err := who.Open(t.Context(), h.request("prompt", "none"))
	must(t, err)
	return page.Left().Params().Get("code") != ""
}

// user is a person as the command line shows them.
func (h house) user(t *testing.T, username string) map[string]any {
	t.Helper()
	var users []map[string]any
	must(t, json.Unmarshal(h.Run(t, nil, "user", "list", username), &users))
	if len(users) != 1 {
		t.Fatalf("got %v", users)
	}
	return users[0]
}
