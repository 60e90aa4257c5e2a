package browser_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ostiary-auth/ostiary/test/cache"
)

// application is a page that signs people in with oidc-client-ts.
const application = `<!doctype html><html lang="en"><title>Application</title>
<button id="sign-in">Sign in</button><button id="refresh">Refresh</button><button id="sign-out">Sign out</button><pre id="said"></pre>
<script src="/oidc-client-ts.js"></script>
<script>const settings = SETTINGS</script>
<script src="/application.js"></script>`

// oidcClientTS is other people's client for pages, unmodified (test/interop has those
// that need no browser).
func oidcClientTS(t *testing.T, c chromium, p *provider) {
	p.add(t, "otis")
	modules := filepath.Join(cache.Folder(t), "node", "node_modules")
	library, err := os.ReadFile(filepath.Join(modules, "oidc-client-ts", "dist", "browser", "oidc-client-ts.min.js"))
	check(t, err)
	script, err := os.ReadFile("testdata/application.js")
	check(t, err)
	var settings []byte
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/oidc-client-ts.js":
			_, _ = w.Write(library)
		case "/application.js":
			_, _ = w.Write(script)
		case "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(strings.Replace(application, "SETTINGS", string(settings), 1)))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(site.Close)
	registered := p.AddClient(t, map[string]any{
		"client_name": "Notebook", "token_endpoint_auth_method": "none", "grant_types": []string{"authorization_code", "refresh_token"},
		"scope": "openid profile email offline_access", "redirect_uris": []string{site.URL + "/"},
		"post_logout_redirect_uris": []string{site.URL + "/"}, "allowed_cors_origins": []string{site.URL},
	})
	settings, err = json.Marshal(map[string]any{
		"authority": p.Issuer, "client_id": registered.ID, "redirect_uri": site.URL + "/", "post_logout_redirect_uri": site.URL + "/",
		"scope": "openid profile email offline_access", "prompt": "consent", "loadUserInfo": true, "automaticSilentRenew": false,
	})
	check(t, err)

	b := c.open(t)
	b.do(chromedp.Navigate(site.URL + "/"))
	b.says("nobody")
	b.leaves(chromedp.Click(chromedp.ID("sign-in")))
	b.signsIn("otis", password)
	b.presses("consent-approve")
	b.says("otis Example <otis@example.com>")
	b.do(chromedp.Click(chromedp.ID("refresh")))
	b.says("refreshed")
	b.leaves(chromedp.Click(chromedp.ID("sign-out")))
	b.says("signed out")
}

// says waits for the word of the application.
func (b *tab) says(word string) {
	b.t.Helper()
	quoted, err := json.Marshal(word)
	check(b.t, err)
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Poll[bool]("document.getElementById('said')?.textContent === "+string(quoted))(ctx, target)
		return err
	}))
}
