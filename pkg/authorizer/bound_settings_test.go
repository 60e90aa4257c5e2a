package authorizer_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

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
