package authorizer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

const (
	dpopAllowed  = `"result_ttl":"0s","dpop":{"mode":"allowed","base_url":"https://api.example.com/"}`
	dpopRequired = `"result_ttl":"0s","dpop":{"mode":"required","base_url":"https://api.example.com"}`
)

// dpopKey is the client's.
var dpopKey = josetest.New(oauth.ES256)

// settled is an authorizer of settings that hold these members.
func settled(tb testing.TB, members string, tables authorizer.Tables) (*authorizer.Authorizer, error) {
	tb.Helper()
	settings, err := authorizer.ParseSettings([]byte("{" + members + "}"))
	if err != nil {
		tb.Fatal(err)
	}
	set, err := jose.NewSet(signer.Key("k1"))
	if err != nil {
		tb.Fatal(err)
	}
	return authorizer.New(settings.With(tables), tokens(verify.StaticKeys(set)), slog.New(slog.DiscardHandler))
}

func mustSettle(tb testing.TB, members string) *authorizer.Authorizer {
	tb.Helper()
	a, err := settled(tb, members, authorizer.Tables{})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// bindTo makes a token that is bound as cnf says.
func bindTo(cnf map[string]any) string { return token("read", map[string]any{"cnf": cnf}) }

func boundToKey() string { return bindTo(map[string]any{"jkt": dpopKey.Key("").Thumbprint()}) }

var proofs atomic.Int64

// proof is a good proof for GET /pets with the token, changed.
func proof(key josetest.Signer, token string, changes map[string]any) string {
	digest := sha256.Sum256([]byte(token))
	claims := map[string]any{
		"jti": fmt.Sprint(proofs.Add(1)), "htm": "GET", "htu": "https://api.example.com/pets", "iat": time.Now().Unix(),
		"ath": josetest.Encode(digest[:]),
	}
	maps.Copy(claims, changes)
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return key.Compact(fmt.Sprintf(`{"typ":"dpop+jwt","alg":%q,"jwk":%s}`, key.Alg, key.JWK("", "")), string(payload))
}

// asking is GET /pets with these headers.
func asking(authorization string, proofs ...string) authorizer.Request {
	r := authorizer.Request{Method: "GET", Path: "/pets", Header: http.Header{"Authorization": {authorization}}}
	if len(proofs) > 0 {
		r.Header["Dpop"] = proofs
	}
	return r
}

func TestO20TokensBoundToAKey(t *testing.T) {
	bound, unbound := boundToKey(), token("read", nil)
	thief := josetest.New(oauth.ES256)
	for name, c := range map[string]struct {
		request       authorizer.Request
		off, may, mst oauth.Code // what becomes of it where the mode is off, allowed, required
	}{
		"a bearer's, by Bearer":               {asking("Bearer " + unbound), "", "", oauth.InvalidToken},
		"a bearer's, by DPoP":                 {asking("DPoP "+unbound, proof(dpopKey, unbound, nil)), oauth.InvalidToken, oauth.InvalidToken, oauth.InvalidToken},
		"a bearer's, with a needless proof":   {asking("Bearer "+unbound, "x"), "", "", oauth.InvalidToken},
		"bound, by DPoP, proven":              {asking("DPoP "+bound, proof(dpopKey, bound, nil)), oauth.InvalidToken, "", ""},
		"bound, by dpop in small letters":     {asking("dpop "+bound, proof(dpopKey, bound, nil)), oauth.InvalidToken, "", ""},
		"bound, by Bearer":                    {asking("Bearer " + bound), oauth.InvalidToken, oauth.InvalidToken, oauth.InvalidToken},
		"bound, by Bearer, proven":            {asking("Bearer "+bound, proof(dpopKey, bound, nil)), oauth.InvalidToken, oauth.InvalidToken, oauth.InvalidToken},
		"bound, by DPoP, no proof":            {asking("DPoP " + bound), oauth.InvalidToken, oauth.InvalidDPoPProof, oauth.InvalidDPoPProof},
		"bound, by DPoP, two proofs":          {asking("DPoP "+bound, proof(dpopKey, bound, nil), proof(dpopKey, bound, nil)), oauth.InvalidToken, oauth.InvalidDPoPProof, oauth.InvalidDPoPProof},
		"bound, proven by a thief":            {asking("DPoP "+bound, proof(thief, bound, nil)), oauth.InvalidToken, oauth.InvalidDPoPProof, oauth.InvalidDPoPProof},
		"bound, proof with another token":     {asking("DPoP "+bound, proof(dpopKey, unbound, nil)), oauth.InvalidToken, oauth.InvalidDPoPProof, oauth.InvalidDPoPProof},
		"bound, proof for another method":     {asking("DPoP "+bound, proof(dpopKey, bound, map[string]any{"htm": "POST"})), oauth.InvalidToken, oauth.InvalidDPoPProof, oauth.InvalidDPoPProof},
		"bound, proof for another path":       {asking("DPoP "+bound, proof(dpopKey, bound, map[string]any{"htu": "https://api.example.com/"})), oauth.InvalidToken, oauth.InvalidDPoPProof, oauth.InvalidDPoPProof},
		"bound, proof for another server":     {asking("DPoP "+bound, proof(dpopKey, bound, map[string]any{"htu": "https://evil.example.com/pets"})), oauth.InvalidToken, oauth.InvalidDPoPProof, oauth.InvalidDPoPProof},
		"bound, an old proof":                 {asking("DPoP "+bound, proof(dpopKey, bound, map[string]any{"iat": time.Now().Unix() - 90})), oauth.InvalidToken, oauth.InvalidDPoPProof, oauth.InvalidDPoPProof},
		"bound in a way that nobody knows":    {asking("Bearer " + bindTo(map[string]any{"kid": "1"})), oauth.InvalidToken, oauth.InvalidToken, oauth.InvalidToken},
		"bound to nothing":                    {asking("Bearer " + bindTo(map[string]any{})), oauth.InvalidToken, oauth.InvalidToken, oauth.InvalidToken},
		"the proof itself, as a token: J30":   {asking("DPoP "+proof(dpopKey, bound, nil), proof(dpopKey, bound, nil)), oauth.InvalidToken, oauth.InvalidToken, oauth.InvalidToken},
		"no scheme":                           {asking(bound, proof(dpopKey, bound, nil)), oauth.InvalidToken, oauth.InvalidToken, oauth.InvalidToken},
		"two Authorization headers, one DPoP": {authorizer.Request{Method: "GET", Path: "/pets", Header: http.Header{"Authorization": {"Bearer " + unbound, "DPoP " + bound}}}, oauth.InvalidRequest, oauth.InvalidRequest, oauth.InvalidRequest},
	} {
		for settings, want := range map[string]oauth.Code{`"result_ttl":"0s"`: c.off, dpopAllowed: c.may, dpopRequired: c.mst} {
			v := mustSettle(t, settings).Check(t.Context(), c.request)
			if got := reason(v); got != want || (want == "") != (v.Outcome == authorizer.Allowed) || want != "" && v.Outcome != authorizer.Unauthorized {
				t.Errorf("%s, %s: got %s, %v", name, settings, v.Outcome, v.Reason)
			}
		}
	}
}

// The Authorization header speaks of its own token only, and where no proofs are
// checked there is nothing to check one with.
func TestO20TheSchemeIsOfTheHeaderThatIsRead(t *testing.T) {
	bound, unbound := boundToKey(), token("read", nil)
	for name, c := range map[string]struct {
		settings, token, beside string
		want                    oauth.Code
	}{
		"off, bound":                         {`"result_ttl":"0s","sources":[{"header":"X-Token"}]`, bound, "DPoP " + bound, oauth.InvalidToken},
		"allowed, bound, another beside it":  {dpopAllowed + `,"sources":[{"header":"X-Token"}]`, bound, "DPoP " + unbound, oauth.InvalidToken},
		"allowed, unbound, a bound one also": {dpopAllowed + `,"sources":[{"header":"X-Token"}]`, unbound, "DPoP " + bound, ""},
	} {
		r := asking(c.beside, proof(dpopKey, bound, nil))
		r.Header["X-Token"] = []string{c.token}
		if v := mustSettle(t, c.settings).Check(t.Context(), r); reason(v) != c.want {
			t.Errorf("%s: got %s, %v", name, v.Outcome, v.Reason)
		}
	}
}

// reason is the code of a refusal, "" for none.
func reason(v authorizer.Verdict) oauth.Code {
	if v.Reason == nil {
		return ""
	}
	return oauth.AsError(v.Reason).Code
}

func TestO19AProofWorksOnceAtTheGate(t *testing.T) {
	bound := boundToKey()
	sent := asking("DPoP "+bound, proof(dpopKey, bound, nil))
	a := mustSettle(t, dpopAllowed)
	if v := a.Check(t.Context(), sent); v.Outcome != authorizer.Allowed {
		t.Fatalf("got %s, %v", v.Outcome, v.Reason)
	}
	if v := a.Check(t.Context(), sent); v.Outcome != authorizer.Unauthorized || reason(v) != oauth.InvalidDPoPProof {
		t.Errorf("got %s, %v", v.Outcome, v.Reason)
	}
}

func TestO19ReplayMemoryThatFailsLetsNobodyIn(t *testing.T) {
	a, err := settled(t, strings.Replace(dpopAllowed, `"mode"`, `"replay":"table","mode"`, 1), authorizer.Tables{
		Once: func(context.Context, string, time.Time) error { return context.DeadlineExceeded },
	})
	if err != nil {
		t.Fatal(err)
	}
	bound := boundToKey()
	if v := a.Check(t.Context(), asking("DPoP "+bound, proof(dpopKey, bound, nil))); v.Outcome != authorizer.Failed {
		t.Errorf("got %s, %v", v.Outcome, v.Reason)
	}
}

// A stranger's proof, which costs a signature's check, is looked at for the holders of
// good tokens alone.
func TestO19StrangersProofsCostNothing(t *testing.T) {
	a := mustSettle(t, dpopRequired)
	for name, token := range map[string]string{"none": "x", "expired": token("read", map[string]any{"exp": time.Now().Unix() - 1})} {
		if v := a.Check(t.Context(), asking("DPoP "+token, proof(josetest.New(oauth.ES256), token, nil))); v.Step != authorizer.VerifyToken || reason(v) != oauth.InvalidToken {
			t.Errorf("%s: got step %d, %v", name, v.Step, v.Reason)
		}
	}
}

// The address is that of the settings and the caller's path, whatever a Host says, and
// however an event wrote the path.
func TestO31AddressOfAProofBehindAGateway(t *testing.T) {
	bound := boundToKey()
	for name, c := range map[string]struct{ base, path, htu string }{
		"a stage in the base":      {"https://abc.example.com/live", "/pets", "https://abc.example.com/live/pets"},
		"a base path in the event": {"https://api.example.com", "/v1/pets", "https://api.example.com/v1/pets"},
		"a path that was decoded":  {"https://api.example.com", "/a b?c#d", "https://api.example.com/a%20b%3Fc%23d"},
		"the root":                 {"https://api.example.com", "/", "https://api.example.com"},
	} {
		a := mustSettle(t, `"result_ttl":"0s","dpop":{"mode":"allowed","base_url":"`+c.base+`"}`)
		r := asking("DPoP "+bound, proof(dpopKey, bound, map[string]any{"htu": c.htu}))
		r.Path = c.path
		r.Header["Host"], r.Header["X-Forwarded-Host"] = []string{"evil.example.com"}, []string{"evil.example.com"}
		if v := a.Check(t.Context(), r); v.Outcome != authorizer.Allowed {
			t.Errorf("%s: got %v", name, v.Reason)
		}
	}
	a := mustSettle(t, `"result_ttl":"0s","dpop":{"mode":"allowed","base_url":"https://ws.example.com/live"}`)
	socket := asking("DPoP "+bound, proof(dpopKey, bound, map[string]any{"htu": "https://ws.example.com/live"}))
	socket.Path, socket.Route = "/$connect", "$connect"
	if v := a.Check(t.Context(), socket); v.Outcome != authorizer.Allowed {
		t.Errorf("a WebSocket: got %v", v.Reason)
	}
	a = mustSettle(t, dpopAllowed)
	r := asking("DPoP "+bound, proof(dpopKey, bound, nil))
	r.Path = "/pets?also#this"
	if v := a.Check(t.Context(), r); v.Outcome != authorizer.Unauthorized {
		t.Error("what follows a question mark in a path is not compared")
	}
}

func TestTokensBoundToACertificate(t *testing.T) {
	der := []byte("a certificate")
	digest := sha256.Sum256(der)
	mine := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	other := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("another")}))
	bound, unbound := bindTo(map[string]any{"x5t#S256": josetest.Encode(digest[:])}), token("read", nil)
	for name, c := range map[string]struct {
		token, certificate string
		off, may, mst      bool // whether it passes
	}{
		"bound, its certificate":     {bound, mine, false, true, true},
		"bound, another certificate": {bound, other, false, false, false},
		"bound, no certificate":      {bound, "", false, false, false},
		"a bearer's":                 {unbound, "", true, true, false},
		"a bearer's, a certificate":  {unbound, mine, true, true, false},
	} {
		for mode, want := range map[string]bool{"off": c.off, "allowed": c.may, "required": c.mst} {
			r := asking("Bearer " + c.token)
			r.ClientCert = c.certificate
			v := mustSettle(t, `"result_ttl":"0s","mtls":"`+mode+`"`).Check(t.Context(), r)
			if want != (v.Outcome == authorizer.Allowed) || !want && reason(v) != oauth.InvalidToken {
				t.Errorf("%s, %s: got %s, %v", name, mode, v.Outcome, v.Reason)
			}
		}
	}
	// A header is anybody's to write.
	r := asking("Bearer " + bound)
	r.Header["X-Amzn-Mtls-Clientcert"], r.Header["X-Client-Cert"] = []string{mine}, []string{mine}
	if v := mustSettle(t, `"result_ttl":"0s","mtls":"allowed"`).Check(t.Context(), r); v.Outcome != authorizer.Unauthorized {
		t.Error("a certificate is believed from a header")
	}
}

func TestTokensBoundToBoth(t *testing.T) {
	der := []byte("a certificate")
	digest := sha256.Sum256(der)
	both := bindTo(map[string]any{"jkt": dpopKey.Key("").Thumbprint(), "x5t#S256": josetest.Encode(digest[:])})
	a := mustSettle(t, dpopAllowed+`,"mtls":"allowed"`)
	for certificate, want := range map[string]authorizer.Outcome{
		"": authorizer.Unauthorized, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})): authorizer.Allowed,
	} {
		r := asking("DPoP "+both, proof(dpopKey, both, nil))
		r.ClientCert = certificate
		if v := a.Check(t.Context(), r); v.Outcome != want {
			t.Errorf("certificate %q: got %s, %v", certificate, v.Outcome, v.Reason)
		}
	}
	r := asking("DPoP " + both)
	r.ClientCert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	if v := a.Check(t.Context(), r); reason(v) != oauth.InvalidDPoPProof {
		t.Errorf("no proof: got %v", v.Reason)
	}
}

func TestChallengesNameTheScheme(t *testing.T) {
	const algs = `algs="ES256 RS256 PS256 ES384 EdDSA"`
	bound := boundToKey()
	for name, c := range map[string]struct {
		settings string
		request  authorizer.Request
		want     []string
	}{
		"off":                 {`"result_ttl":"0s"`, asking("Bearer x"), []string{`Bearer error="invalid_token"`}},
		"allowed, nothing":    {dpopAllowed, authorizer.Request{Method: "GET", Path: "/pets"}, []string{"Bearer", "DPoP " + algs}},
		"allowed, a bad one":  {dpopAllowed, asking("Bearer x"), []string{`Bearer error="invalid_token"`, "DPoP " + algs}},
		"allowed, no proof":   {dpopAllowed, asking("DPoP " + bound), []string{`DPoP error="invalid_dpop_proof", ` + algs}},
		"required, nothing":   {dpopRequired, authorizer.Request{Method: "GET", Path: "/pets"}, []string{"DPoP " + algs}},
		"required, a bearer":  {dpopRequired, asking("Bearer " + token("read", nil)), []string{`DPoP error="invalid_token", ` + algs}},
		"required, the scope": {dpopRequired + `,"routes":[{"method":"GET","path":"/pets","all":["write"]}]`, asking("DPoP "+bound, proof(dpopKey, bound, nil)), []string{`DPoP error="insufficient_scope", scope="write", ` + algs}},
	} {
		if got := mustSettle(t, c.settings).Check(t.Context(), c.request).Challenges; !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestMetadataSayHowTokensAreBound(t *testing.T) {
	const described = `,"resource":{"resource":"https://api.example.com"}`
	const algs = `"dpop_signing_alg_values_supported":["ES256","RS256","PS256","ES384","EdDSA"]`
	const must, certificates = `"dpop_bound_access_tokens_required":true`, `"tls_client_certificate_bound_access_tokens":true`
	for settings, want := range map[string][]string{
		`"result_ttl":"0s"`: nil, dpopAllowed: {algs}, dpopRequired: {algs, must}, `"result_ttl":"0s","mtls":"allowed"`: {certificates},
	} {
		got := string(mustSettle(t, settings+described).Metadata())
		for _, member := range []string{algs, must, certificates} {
			if strings.Contains(got, member) != slices.Contains(want, member) {
				t.Errorf("%s: got %s", settings, got)
			}
		}
	}
}

func TestSettingsThatWouldSkipAProofAreRefused(t *testing.T) {
	const once = "dpop.replay is table"
	for members, want := range map[string]string{
		`"dpop":{"mode":"allowed","base_url":"https://api.example.com"}`:                    "result_ttl to 0s",
		`"result_ttl":"1s","dpop":{"mode":"required","base_url":"https://api.example.com"}`: "result_ttl to 0s",
		`"mtls":"allowed"`:                                                                                               "result_ttl to 0s",
		`"result_ttl":"5s","mtls":"required"`:                                                                            "result_ttl to 0s",
		`"result_ttl":"0s","mtls":"yes"`:                                                                                 "mtls is \"yes\"",
		`"result_ttl":"0s","dpop":{"mode":"on"}`:                                                                         "dpop.mode is \"on\"",
		`"result_ttl":"0s","dpop":{"mode":"allowed"}`:                                                                    "dpop.base_url",
		`"result_ttl":"0s","dpop":{"mode":"allowed","base_url":"api.example.com"}`:                                       "dpop.base_url",
		`"result_ttl":"0s","dpop":{"mode":"allowed","base_url":"http://api.example.com"}`:                                "dpop.base_url",
		`"result_ttl":"0s","dpop":{"mode":"allowed","base_url":"https://api.example.com?x"}`:                             "dpop.base_url",
		`"result_ttl":"0s","dpop":{"mode":"allowed","base_url":"https://me@api.example.com"}`:                            "dpop.base_url",
		`"result_ttl":"0s","dpop":{"mode":"allowed","base_url":"https://api.example.com","replay":"table"}`:              once,
		`"result_ttl":"0s","dpop":{"mode":"allowed","base_url":"https://api.example.com","replay":"disk"}`:               "dpop.replay is \"disk\"",
		`"result_ttl":"0s","mtls":"required","sources":[{"api_key_header":"X-Api-Key"}]`:                                 "nothing binds to their sender",
		`"result_ttl":"0s","dpop":{"mode":"required","base_url":"https://a"},"sources":[{"api_key_header":"X-Api-Key"}]`: "nothing binds to their sender",
		`"result_ttl":"0s","sources":[{"header":"Authorization"},{"api_key_header":"X-Api-Key"}]`:                        "authorizer_table",
		`"result_ttl":"0s","sources":[{"header":"Authorization","api_key_header":"X-Api-Key"}]`:                          "must name one place",
	} {
		_, err := settled(t, members, authorizer.Tables{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", members, err)
		}
	}
	for _, members := range []string{
		`"dpop":{"mode":"off"},"mtls":"off"`, dpopAllowed, dpopRequired, `"result_ttl":"0s","mtls":"required"`,
		`"result_ttl":"0s","dpop":{"mode":"required","base_url":"http://localhost:8080","replay":"memory"}`,
	} {
		if _, err := settled(t, members, authorizer.Tables{}); err != nil {
			t.Errorf("%s: %v", members, err)
		}
	}
}

func TestTokenEventsCarryNoProof(t *testing.T) {
	event := flavours["rest token"](request{"GET", "/pets", "/pets", "Bearer " + token("read", nil)})
	for _, members := range []string{dpopAllowed, dpopRequired, `"result_ttl":"0s","mtls":"allowed"`} {
		answer, err := mustSettle(t, members).Invoke(t.Context(), []byte(event))
		if err == nil || err.Error() == "Unauthorized" || !strings.Contains(err.Error(), "REQUEST") {
			t.Errorf("%s: got %s, %v", members, answer, err)
		}
	}
	if _, err := mustSettle(t, `"mtls":"off"`).Invoke(t.Context(), []byte(event)); err != nil {
		t.Error(err)
	}
}

// O19 through events: REST's header names are as the caller wrote them, format 2.0's
// in small letters, and two headers are joined by a comma.
func TestO19ProofsInEvents(t *testing.T) {
	bound := boundToKey()
	event := func(kind, headers, path string) string {
		if kind == "rest" {
			return `{"type":"REQUEST","methodArn":"` + base + `GET` + path + `","resource":"/pets","path":"` + path + `","httpMethod":"GET","headers":` + headers + `,"requestContext":{}}`
		}
		return `{"version":"2.0","type":"REQUEST","routeArn":"` + base + `GET` + path + `","identitySource":[],"routeKey":"GET /pets","rawPath":"` + path + `","headers":` + headers + `,"requestContext":{"http":{"method":"GET"}}}`
	}
	a := mustSettle(t, dpopRequired)
	for _, kind := range []string{"rest", "http"} {
		for name, c := range map[string]struct {
			header, value string
			good          bool
		}{
			"as the caller wrote it": {"DPoP", proof(dpopKey, bound, nil), true},
			"in small letters":       {"dpop", proof(dpopKey, bound, nil), true},
			"two, joined":            {"DPoP", proof(dpopKey, bound, nil) + "," + proof(dpopKey, bound, nil), false},
			"none":                   {"X-Dpop", proof(dpopKey, bound, nil), false},
		} {
			headers, err := json.Marshal(map[string]string{"Authorization": "DPoP " + bound, c.header: c.value})
			if err != nil {
				t.Fatal(err)
			}
			answer, err := a.Invoke(t.Context(), []byte(event(kind, string(headers), "/pets")))
			if c.good != (err == nil) || !c.good && err.Error() != "Unauthorized" {
				t.Errorf("%s, %s: got %s, %v", kind, name, answer, err)
			}
		}
	}
}

func TestProofsAndKeysAreNotLogged(t *testing.T) {
	var log bytes.Buffer
	settings, err := authorizer.ParseSettings([]byte("{" + dpopAllowed + "}"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := jose.NewSet(signer.Key("k1"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := authorizer.New(settings, tokens(verify.StaticKeys(set)), slog.New(slog.NewJSONHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	bound := boundToKey()
	sent := proof(dpopKey, bound, map[string]any{"htm": "PUT"})
	headers, err := json.Marshal(map[string]string{"Authorization": "DPoP " + bound, "DPoP": sent})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Invoke(t.Context(), []byte(`{"type":"REQUEST","methodArn":"`+base+`GET/pets","resource":"/pets","path":"/pets","httpMethod":"GET","headers":`+string(headers)+`,"requestContext":{}}`))
	if err == nil || !strings.Contains(log.String(), "invalid_dpop_proof: htm is not the request's method") {
		t.Errorf("got %v, %s", err, log.String())
	}
	for _, secret := range append(strings.Split(sent, "."), strings.Split(bound, ".")...) {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s is logged", secret)
		}
	}
}
