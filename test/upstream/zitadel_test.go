package upstream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/test/person"
	"github.com/ostiary-auth/ostiary/test/serving"
)

const exchange = "urn:ietf:params:oauth:grant-type:token-exchange"

// zitadel starts zitadel/oidc's provider with the client, until the test ends, and returns
// its issuer. It is a module of its own, so that ours does not hold what it alone needs.
func zitadel(t *testing.T, client serving.Client, redirectURI string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "zitadel")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./zitadel")
	build.Dir = "go"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	command := exec.CommandContext(t.Context(), binary)
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
			t.Logf("zitadel said:\n%s", said.String())
		}
	})
	must(t, json.NewEncoder(in).Encode(map[string]string{
		"client_id": client.ID, "client_secret": client.Secret, "redirect_uri": redirectURI, "username": "jo", "password": password,
	}))
	issuer, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	return strings.TrimSpace(issuer)
}

// Signing in by zitadel/oidc, which knows us by a secret, and having the token that it
// gave: its own userinfo endpoint takes what our client is given.
func TestPeopleSignInByZitadelAndAClientHasTheirToken(t *testing.T) {
	here := openHouse(t)
	here.app = here.AddClient(t, map[string]any{
		"client_id": "calendar", "redirect_uris": []string{callback}, "scope": "openid provider_tokens", "skip_consent": true,
		"grant_types": []string{"authorization_code", exchange}, "provider_tokens": []string{"zitadel"},
	})
	house := serving.Client{ID: "house", Secret: "a-secret-that-zitadel-knows"}
	issuer := zitadel(t, house, here.redirectURI("zitadel"))
	here.connect(t, "zitadel", issuer, house,
		"--create-users", "--trust-email", "--userinfo", "--keep-tokens", "--scope", "openid profile email offline_access")
	jo := here.visitor(t, "jo", issuer)
	page, err := jo.Open(t.Context(), here.request("idp_hint", "zitadel", "client_id", "calendar", "scope", "openid provider_tokens"))
	page = walk(t, page, err, func(ctx context.Context, page *person.Page) (*person.Page, error) {
		return jo.Press(ctx, page, "there-submit", url.Values{"username": {"jo"}, "password": {password}})
	})
	tokens := here.redeem(t, page.Left())
	if user := here.user(t, "jo@example.com"); user["name"] != "Jo of Zitadel" || user["email_verified"] != true {
		t.Errorf("got %v", user)
	}
	given := here.post(t, url.Values{
		"grant_type": {exchange}, "audience": {"zitadel"}, "subject_token": {tokens["access_token"].(string)},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
	})
	theirs, _ := given["access_token"].(string)
	if theirs == "" || given["refresh_token"] != nil || given["scope"] != "openid profile email offline_access" {
		t.Fatalf("got %v", given)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, issuer+"/userinfo", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+theirs)
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	var about map[string]any
	must(t, json.NewDecoder(response.Body).Decode(&about))
	if about["sub"] != "jo-of-zitadel" || about["email"] != "jo@example.com" {
		t.Errorf("got %v", about)
	}
}
