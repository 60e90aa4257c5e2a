package authorizer_test

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// invoke opens an authorizer as functions/authorizer does and asks it once.
func invoke(t *testing.T, settings map[string]string, token string) error {
	t.Helper()
	environment := map[string]string{"ISSUER": issuer, "AUDIENCE": audience}
	maps.Copy(environment, settings)
	cfg, err := config.FromMap(environment)
	if err != nil {
		t.Fatal(err)
	}
	a, err := opened(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Invoke(t.Context(), []byte(flavours["rest token"](request{"GET", "", "/x", "Bearer " + token})))
	return err
}

func opened(ctx context.Context, cfg config.Config) (*authorizer.Authorizer, error) {
	settings, err := authorizer.SettingsFrom(cfg)
	if err != nil {
		return nil, err
	}
	secrets := func(string) oauth.Secret { return cfg.HS256Secret }
	return authorizer.Open(ctx, settings, secrets, slog.New(slog.DiscardHandler))
}

func TestKeysComeFromWhereTheSettingsSay(t *testing.T) {
	document := `{"keys":[` + signer.JWK("k1", "") + `]}`
	file := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := ""
	issuing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Path
		_, _ = w.Write([]byte(document))
	}))
	defer issuing.Close()
	ours := token("", map[string]any{"iss": issuing.URL})
	secret := josetest.New(oauth.HS256)

	if err := invoke(t, map[string]string{"JWKS_FILE": file}, token("", nil)); err != nil {
		t.Errorf("bundled: %v", err)
	}
	if err := invoke(t, map[string]string{"ISSUER": issuing.URL}, ours); err != nil || asked != "/jwks.json" {
		t.Errorf("the issuer's own: %v, asked for %s", err, asked)
	}
	if err := invoke(t, map[string]string{"ISSUER": issuing.URL, "JWKS_URI": issuing.URL + "/keys"}, ours); err != nil || asked != "/keys" {
		t.Errorf("by address: %v, asked for %s", err, asked)
	}
	shared := map[string]string{"HS256_SECRET": string(secret.Secret)}
	if err := invoke(t, shared, secret.Token("JWT", "", payload(nil))); err != nil {
		t.Errorf("shared secret: %v", err)
	}
	if err := invoke(t, shared, token("", nil)); err == nil || err.Error() != "Unauthorized" {
		t.Errorf("another algorithm beside a shared secret: %v", err)
	}
}

// F07: an issuer that is down does not keep the authorizer from starting, and lets
// nobody in.
func TestF07IssuerThatIsDown(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	err := invoke(t, map[string]string{"ISSUER": down.URL}, token("", map[string]any{"iss": down.URL}))
	if err == nil || err.Error() == "Unauthorized" {
		t.Errorf("got %v, want a failure of ours", err)
	}
}

// A key server on this machine may be called only by an issuer on this machine.
func TestKeysOfAForeignIssuerAreNotLookedForHere(t *testing.T) {
	asked := false
	here := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer here.Close()
	if err := invoke(t, map[string]string{"JWKS_URI": here.URL}, token("", nil)); err == nil || asked {
		t.Errorf("got %v, asked %v", err, asked)
	}
}

func TestF25KeysThatCannotBeReadEndTheStart(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(broken, []byte(`{"keys":7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"missing": broken + ".not", "broken": broken} {
		cfg, err := config.FromMap(map[string]string{"ISSUER": issuer, "AUDIENCE": audience, "JWKS_FILE": file})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := opened(t.Context(), cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
