package openid_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jwt"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// dynamic is a client that registered itself, and what it was told.
type dynamic struct {
	*client
	registered tokens
}

// newDynamic has a client register itself, as one of the certification suite does: with
// a redirect URI and little else.
func (p *provider) newDynamic(t *testing.T, more map[string]any) *dynamic {
	t.Helper()
	status, got := p.register(t, more)
	if status != http.StatusCreated {
		t.Fatalf("got %d %v", status, got)
	}
	c := &client{provider: p, person: p.alice(t), verifier: rand.Text() + rand.Text(), basic: got["token_endpoint_auth_method"] == "client_secret_basic"}
	c.ID, c.Secret = got.text("client_id"), got.text("client_secret")
	return &dynamic{c, got}
}

func (p *provider) register(t *testing.T, more map[string]any) (int, tokens) {
	t.Helper()
	metadata := map[string]any{"client_name": "Registers itself", "redirect_uris": []string{callback}, "grant_types": []string{"authorization_code"}}
	for member, value := range more {
		metadata[member] = value
	}
	return p.manage(t, http.MethodPost, p.Issuer+"/register", metadata, "")
}

// manage speaks to a registration endpoint.
func (p *provider) manage(t *testing.T, method, where string, metadata map[string]any, token string) (int, tokens) {
	t.Helper()
	document, err := json.Marshal(metadata)
	check(t, err)
	r, err := http.NewRequestWithContext(t.Context(), method, where, bytes.NewReader(document))
	check(t, err)
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	status, header, body := p.send(t, r)
	var got tokens
	if err := json.Unmarshal(body, &got); err != nil && status != http.StatusNoContent || header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: got %d %v %s", method, status, header, body)
	}
	return status, got
}

// application is a client's own site: its keys, and its sector.
type application struct {
	*httptest.Server
	keys    atomic.Pointer[string]
	fetches atomic.Int32
}

func newApplication(t *testing.T) *application {
	a := &application{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch keys := a.keys.Load(); {
		case r.URL.Path == "/sector":
			_ = json.NewEncoder(w).Encode([]string{callback})
		case keys != nil:
			a.fetches.Add(1)
			_, _ = io.WriteString(w, *keys)
		}
	}))
	t.Cleanup(a.Close)
	return a
}

// newKey makes a key and publishes it in the place of the others.
func (a *application) newKey(t *testing.T, kid string) jwk.Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	key, err := jwk.FromRaw(private)
	check(t, err)
	check(t, key.Set("kid", kid))
	public, err := key.PublicKey()
	check(t, err)
	document, err := json.Marshal(map[string]any{"keys": []jwk.Key{public}})
	check(t, err)
	text := string(document)
	a.keys.Store(&text)
	return key
}

// byKey asks the token endpoint as a private_key_jwt client.
func (d *dynamic) byKey(t *testing.T, form url.Values, key jwk.Key, audience string) (int, tokens) {
	t.Helper()
	assertion, err := jwt.NewBuilder().Issuer(d.ID).Subject(d.ID).Audience([]string{audience}).JwtID(rand.Text()).
		IssuedAt(time.Now()).Expiration(time.Now().Add(time.Minute)).Build()
	check(t, err)
	signed, err := jwt.Sign(assertion, jwt.WithKey(jwa.ES256, key))
	check(t, err)
	form.Set("client_assertion_type", oauth.ClientAssertionType)
	form.Set("client_assertion", string(signed))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.Issuer+"/token", strings.NewReader(form.Encode()))
	check(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, _, body := d.send(t, r)
	var got tokens
	check(t, json.Unmarshal(body, &got))
	return status, got
}
