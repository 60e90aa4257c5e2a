package authorizer_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
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
		if v := mustSettle(t, `"result_ttl":"0s"`).Check(t.Context(), asking(c.beside)); v.Step != authorizer.FindCredential {
			t.Errorf("%s: where proofs are off, the scheme is none: got step %d", name, v.Step)
		}
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
