package verify_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// provider is an issuer's server: its metadata, keys and whatever else a test puts
// there.
type provider struct {
	*httptest.Server
	mux  *http.ServeMux
	hits atomic.Int32
}

func newProvider(t *testing.T) *provider {
	p := &provider{mux: http.NewServeMux()}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.hits.Add(1)
		w.Header().Set("Connection", "close")
		p.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// says answers a path with a document, in which ISSUER stands for the address.
func (p *provider) says(path, document string) {
	p.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.ReplaceAll(document, "ISSUER", p.URL)))
	})
}

const wellKnown = "/.well-known/openid-configuration"

func loopback() *fetch.Client { return fetch.New(fetch.Options{AllowLoopback: true}) }

func TestKeysAreDiscovered(t *testing.T) {
	p := newProvider(t)
	p.says(wellKnown, `{"issuer":"ISSUER","jwks_uri":"ISSUER/keys","extra":{"a":[1]}}`)
	p.says("/keys", josetest.JWKS(josetest.New(oauth.ES256).JWK("a", "")))
	keys := verify.NewDiscoveredKeys(loopback(), verify.NewMetadata(loopback(), p.URL), verify.ForeignKeysMaxAge)
	if err := keys.Prefetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if key, err := keys.Key(t.Context(), "a"); err != nil || key.ID() != "a" || p.hits.Load() != 2 {
		t.Errorf("got %v %v after %d requests", key, err, p.hits.Load())
	}
}

// An issuer that ends with a slash has its metadata behind that one slash.
func TestMetadataOfAnIssuerWithASlash(t *testing.T) {
	p := newProvider(t)
	p.says("/tenant"+wellKnown, `{"issuer":"ISSUER/tenant/","jwks_uri":"ISSUER/keys"}`)
	p.says("/keys", josetest.JWKS(josetest.New(oauth.ES256).JWK("a", "")))
	keys := verify.NewDiscoveredKeys(loopback(), verify.NewMetadata(loopback(), p.URL+"/tenant/"), verify.ForeignKeysMaxAge)
	if _, err := keys.Key(t.Context(), "a"); err != nil {
		t.Error(err)
	}
}

func TestO27DiscoveryBelievesNoOtherIssuer(t *testing.T) {
	for name, document := range map[string]string{
		"J29 another issuer":         `{"issuer":"https://other.example.com","jwks_uri":"ISSUER/keys"}`,
		"J29 a slash more":           `{"issuer":"ISSUER/","jwks_uri":"ISSUER/keys"}`,
		"no issuer":                  `{"jwks_uri":"ISSUER/keys"}`,
		"an issuer that is a number": `{"issuer":1,"jwks_uri":"ISSUER/keys"}`,
		"no keys":                    `{"issuer":"ISSUER"}`,
		"keys that are a list":       `{"issuer":"ISSUER","jwks_uri":["ISSUER/keys"]}`,
		"keys over http":             `{"issuer":"ISSUER","jwks_uri":"http://keys.example.com/"}`,
		"keys in a metadata service": `{"issuer":"ISSUER","jwks_uri":"https://169.254.169.254/keys"}`,
		"keys in a file":             `{"issuer":"ISSUER","jwks_uri":"file:///etc/passwd"}`,
		"J10 two issuers":            `{"issuer":"https://other.example.com","issuer":"ISSUER","jwks_uri":"ISSUER/keys"}`,
		"no JSON":                    `<html>`,
	} {
		p := newProvider(t)
		p.says(wellKnown, document)
		p.says("/keys", josetest.JWKS(josetest.New(oauth.ES256).JWK("a", "")))
		keys := verify.NewDiscoveredKeys(loopback(), verify.NewMetadata(loopback(), p.URL), verify.ForeignKeysMaxAge)
		if _, err := keys.Key(t.Context(), "a"); !errors.Is(err, verify.ErrKeysUnavailable) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// What is read of metadata is what encoding/json reads of it.
func FuzzMetadata(f *testing.F) {
	f.Add(`{"issuer":"https://id.example.com","jwks_uri":"https://id.example.com/keys"}`)
	f.Add(`{"issuer":"https://id.example.com","issuer":""}`)
	f.Fuzz(func(t *testing.T, document string) {
		uri, err := verify.ReadJWKSURI("https://id.example.com", []byte(document))
		if err != nil {
			return
		}
		var want map[string]any
		if err := json.Unmarshal([]byte(document), &want); err != nil {
			t.Fatal(err)
		}
		named, _ := want["jwks_uri"].(string)
		if want["issuer"] != "https://id.example.com" || uri != named {
			t.Errorf("%s leads to %q", document, uri)
		}
	})
}
