package authorizer_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// world is an issuer's server on this machine, which counts what it is asked.
type world struct {
	*httptest.Server
	mu    sync.Mutex
	paths map[string]int
}

// newWorld answers each path with a document, in which ISSUER is its address.
func newWorld(t *testing.T, documents map[string]string) *world {
	w := &world{paths: map[string]int{}}
	w.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.paths[r.URL.Path]++
		document, known := documents[r.URL.Path]
		if !known {
			http.NotFound(out, r)
		}
		fmt.Fprint(out, strings.ReplaceAll(document, "ISSUER", w.URL))
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *world) asked() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.paths)
}

// shown asks the gate about a token.
func shown(t *testing.T, a *authorizer.Authorizer, token string) authorizer.Verdict {
	t.Helper()
	return a.Check(t.Context(), authorizer.Request{
		Method: "GET", Path: "/x", Route: "GET /x", Header: http.Header{"Authorization": {"Bearer " + token}},
	})
}

const metadata = `{"issuer":"ISSUER","jwks_uri":"ISSUER/keys","introspection_endpoint":"ISSUER/introspect","userinfo_endpoint":"ISSUER/userinfo"}`

// One gate, five issuers: each token passes by its own issuer's rules, and no key or
// secret is good for another's name.
func TestJ32ManyIssuers(t *testing.T) {
	foreign, idp, shared, odd := josetest.New(oauth.EdDSA), josetest.New(oauth.RS256), josetest.New(oauth.HS256), josetest.New(oauth.ES256)
	ours := newWorld(t, map[string]string{"/jwks.json": josetest.JWKS(signer.JWK("k1", ""), odd.JWK("k2=", ""))})
	theirs := newWorld(t, map[string]string{
		"/.well-known/openid-configuration": metadata, "/keys": josetest.JWKS(foreign.JWK("k1", "")),
		"/introspect": `{"active":true,"sub":"opal","client_id":"c","aud":"api","token_type":"Bearer"}`,
		"/userinfo":   `{"sub":"alice","email":"alice@example.com","admin":true}`,
	})
	people := newWorld(t, map[string]string{"/certs": josetest.JWKS(idp.JWK("k1=", ""))})
	a, err := reading(t, `{"issuers":[
		{"issuer":"`+ours.URL+`","audience":["api"],"own":true},
		{"issuer":"`+theirs.URL+`","audience":["api"],"client_id":"c","client_secret_variable":"CLIENT","userinfo":["email"]},
		{"issuer":"`+people.URL+`","audience":["spa"],"profile":"oidc-id-token","jwks_uri":"`+people.URL+`/certs"},
		{"issuer":"tutorial","profile":"hs256","no_iss":true,"no_aud":true,"secret_variable":"SHARED"}]}`,
		map[string]oauth.Secret{"CLIENT": "s", "SHARED": oauth.Secret(shared.Secret)})
	if err != nil {
		t.Fatal(err)
	}
	for path, w := range map[string]*world{"/jwks.json": ours, "/keys": theirs, "/.well-known/openid-configuration": theirs, "/certs": people} {
		if w.asked()[path] != 1 {
			t.Errorf("%s was fetched %d times before the first request", path, w.asked()[path])
		}
	}
	at := func(iss, aud string) string {
		return payload(map[string]any{"iss": iss, "aud": aud})
	}
	idToken := payload(map[string]any{"iss": people.URL, "aud": "spa", "client_id": nil, "scope": nil})
	idToken = strings.NewReplacer(`"client_id":null,`, "", `"scope":null,`, "").Replace(idToken)
	good := []struct{ name, token string }{
		{"ours", signer.Token("at+jwt", "k1", at(ours.URL, "api"))},
		{"theirs", foreign.Token("at+jwt", "k1", at(theirs.URL, "api"))},
		{"an id_token", idp.Token("JWT", "k1=", idToken)},
		{"the tutorial's", shared.Token("JWT", "", fmt.Sprintf(`{"sub":"alice","exp":%d}`, time.Now().Unix()+60))},
		{"opaque", "0pAqu3"},
	}
	for _, row := range good {
		if v := shown(t, a, row.token); v.Outcome != authorizer.Allowed {
			t.Errorf("%s: got %v %v", row.name, v.Outcome, v.Reason)
		}
	}
	if v := shown(t, a, good[1].token); v.Token.Claims["email"] != "alice@example.com" || v.Token.Claims["admin"] != nil {
		t.Errorf("userinfo: got %v", v.Token.Claims)
	}
	for name, token := range map[string]string{
		"J32 ours signed by them":         foreign.Token("at+jwt", "k1", at(ours.URL, "api")),
		"J32 theirs signed by us":         signer.Token("at+jwt", "k1", at(theirs.URL, "api")),
		"J31 an audience of another":      signer.Token("at+jwt", "k1", at(ours.URL, "spa")),
		"J30 an access token of the idp":  idp.Token("at+jwt", "k1=", at(people.URL, "spa")),
		"J03 the secret for another":      shared.Token("JWT", "", at(ours.URL, "api")),
		"J29 an issuer with a slash more": signer.Token("at+jwt", "k1", at(ours.URL+"/", "api")),
		"J06 a foreign kid at our own":    odd.Token("at+jwt", "k2=", at(ours.URL, "api")),
		"unknown":                         signer.Token("at+jwt", "k1", at("https://other.example.com", "api")),
	} {
		if v := shown(t, a, token); v.Outcome != authorizer.Unauthorized {
			t.Errorf("%s: got %v %v", name, v.Outcome, v.Reason)
		}
	}
}

// An issuer's URL, a client and its secret are all that need be said.
func TestOneIssuerByItsURLAndAClient(t *testing.T) {
	w := newWorld(t, map[string]string{
		"/.well-known/openid-configuration": metadata, "/keys": josetest.JWKS(signer.JWK("k1", "")),
		"/introspect": `{"active":true,"sub":"opal","aud":"api","token_type":"Bearer"}`,
	})
	a, err := reading(t, `{"issuers":[{"issuer":"`+w.URL+`","client_id":"api","client_secret_variable":"S"}]}`, map[string]oauth.Secret{"S": "s"})
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]authorizer.Outcome{
		signer.Token("at+jwt", "k1", payload(map[string]any{"iss": w.URL, "aud": "api"})):   authorizer.Allowed,
		signer.Token("at+jwt", "k1", payload(map[string]any{"iss": w.URL, "aud": "other"})): authorizer.Unauthorized,
		"0pAqu3": authorizer.Allowed,
	} {
		if v := shown(t, a, token); v.Outcome != want {
			t.Errorf("%.10s: got %v %v, want %v", token, v.Outcome, v.Reason, want)
		}
	}
}

// A token is shown to the issuer whose prefix it has, and to no other.
func TestOpaqueTokensAreShownToOneIssuer(t *testing.T) {
	active := `{"active":true,"sub":"alice","aud":"api","token_type":"Bearer"}`
	first, second := newWorld(t, map[string]string{"/i": active}), newWorld(t, map[string]string{"/i": active})
	entry := func(w *world, prefix string) string {
		return `{"issuer":"` + w.URL + `","endpoint":"` + w.URL + `/i","client_id":"c","client_secret_variable":"S","audience":["api"],"prefix":"` + prefix + `"}`
	}
	a, err := reading(t, `{"introspection":[`+entry(first, "")+`,`+entry(second, "two_")+`]}`, map[string]oauth.Secret{"S": "s"})
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"one", "two", "a.b.c", "ew.like.a-jwt", "two_a.b.c", "eyAi.with.three.dots"} {
		shown(t, a, token)
	}
	if first.asked()["/i"] != 4 || second.asked()["/i"] != 1 {
		t.Errorf("got %v and %v", first.asked(), second.asked())
	}
}

// A revoked token is looked up in its issuer's status lists; when they cannot be
// had, the settings say which way to fail.
func TestStatusFailsAsTheSettingsSay(t *testing.T) {
	for rest, want := range map[string]authorizer.Outcome{
		`"own":true`: authorizer.Failed, `"own":true,"status":"off"`: authorizer.Allowed, `"own":true,"status":"fail-open"`: authorizer.Allowed,
		`"own":true,"status":"fail-closed"`: authorizer.Failed, `"discovery":true`: authorizer.Allowed,
		`"discovery":true,"status":"fail-closed"`: authorizer.Failed,
	} {
		keys := josetest.JWKS(signer.JWK("k1", ""))
		w := newWorld(t, map[string]string{"/jwks.json": keys, "/keys": keys, "/.well-known/openid-configuration": metadata})
		a, err := reading(t, `{"issuers":[{"issuer":"`+w.URL+`","audience":["api"],`+rest+`}]}`, nil)
		if err != nil {
			t.Fatal(err)
		}
		claims := payload(map[string]any{"iss": w.URL, "aud": "api", "status": map[string]any{"status_list": map[string]any{"idx": 1, "uri": w.URL + "/list"}}})
		if v := shown(t, a, signer.Token("at+jwt", "k1", claims)); v.Outcome != want {
			t.Errorf("%s: got %v %v, want %v", rest, v.Outcome, v.Reason, want)
		}
	}
}

// Whoever pins their issuer's authorities is not talked out of it: the test server
// speaks TLS with a certificate of its own.
func TestRootsAreThoseOfTheSettings(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, josetest.JWKS(signer.JWK("k1", "")))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of refused handshakes
	server.StartTLS()
	defer server.Close()
	file := filepath.Join(t.TempDir(), "roots.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	for roots, want := range map[string]authorizer.Outcome{file: authorizer.Allowed, "amazon": authorizer.Failed, "system": authorizer.Failed, "": authorizer.Failed} {
		a, err := reading(t, `{"issuers":[{"issuer":"`+server.URL+`","audience":["api"],"own":true,"roots":"`+roots+`"}]}`, nil)
		if err != nil {
			t.Fatal(err)
		}
		claims := payload(map[string]any{"iss": server.URL, "aud": "api"})
		if v := shown(t, a, signer.Token("at+jwt", "k1", claims)); v.Outcome != want {
			t.Errorf("%q: got %v %v, want %v", roots, v.Outcome, v.Reason, want)
		}
	}
}

// This machine is not called for an issuer that is elsewhere, whatever certificate
// it has.
func TestO27ForeignIssuersAreNotLookedForHere(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		fmt.Fprint(w, josetest.JWKS(signer.JWK("k1", "")))
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "roots.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := reading(t, `{"issuers":[{"issuer":"`+issuer+`","audience":["api"],"jwks_uri":"`+server.URL+`","roots":"`+file+`"}]}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := shown(t, a, signer.Token("at+jwt", "k1", payload(map[string]any{"aud": "api"})))
	if v.Outcome != authorizer.Failed || asked.Load() != 0 {
		t.Errorf("got %v %v, asked %d times", v.Outcome, v.Reason, asked.Load())
	}
}

// Of two issuers neither answers before the other was asked, too: keys are
// prefetched at once, and the requests after need nobody.
func TestKeysArePrefetchedAtOnce(t *testing.T) {
	var both sync.WaitGroup
	both.Add(2)
	var entries, names []string
	for range 2 {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			both.Done()
			both.Wait()
			fmt.Fprint(w, josetest.JWKS(signer.JWK("k1", "")))
		}))
		defer server.Close()
		names = append(names, server.URL)
		entries = append(entries, `{"issuer":"`+server.URL+`","audience":["api"],"own":true}`)
	}
	a, err := reading(t, `{"issuers":[`+strings.Join(entries, ",")+`]}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		claims := payload(map[string]any{"iss": name, "aud": "api"})
		if v := shown(t, a, signer.Token("at+jwt", "k1", claims)); v.Outcome != authorizer.Allowed {
			t.Errorf("got %v %v", v.Outcome, v.Reason)
		}
	}
}
