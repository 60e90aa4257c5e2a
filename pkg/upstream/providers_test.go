package upstream_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

const secret = "a-secret-of-more-than-thirty-two-bytes"

func TestSettingsAreHeldToTheirRules(t *testing.T) {
	s, op := open(t), &elsewhere.OpenID{Issuer: "https://there.example.com"}
	long := strings.Repeat("k", 513)
	for name, change := range map[string]func(*upstream.Settings){
		"no name":                        func(s *upstream.Settings) { s.Name = " " },
		"a name with a line break":       func(s *upstream.Settings) { s.Name = "a\nb" },
		"another kind":                   func(s *upstream.Settings) { s.Kind = "saml" },
		"a key_id without end":           func(s *upstream.Settings) { s.KeyID = strings.Repeat("k", 513) },
		"a team_id without end":          func(s *upstream.Settings) { s.TeamID = strings.Repeat("k", 513) },
		"a preset without end":           func(s *upstream.Settings) { s.Preset = strings.Repeat("k", 513) },
		"scope without end":              func(s *upstream.Settings) { s.Scope = append(s.Scope, strings.Repeat("k", 2048)) },
		"an issuer without end":          func(s *upstream.Settings) { s.Issuer += "/" + strings.Repeat("k", 2048) },
		"a discovery_uri without end":    func(s *upstream.Settings) { s.DiscoveryURI = s.Issuer + "/" + strings.Repeat("k", 2048) },
		"an api_uri without end":         func(s *upstream.Settings) { s.APIURI = s.Issuer + "/" + strings.Repeat("k", 2048) },
		"a client_id without end":        func(s *upstream.Settings) { s.ClientID = strings.Repeat("k", 513) },
		"no client_id":                   func(s *upstream.Settings) { s.ClientID = "" },
		"plain http":                     func(s *upstream.Settings) { s.Issuer = "http://there.example.com" },
		"an issuer with a query":         func(s *upstream.Settings) { s.Issuer += "?a=b" },
		"an issuer with a user":          func(s *upstream.Settings) { s.Issuer = "https://a:b@there.example.com" },
		"an issuer that is a script":     func(s *upstream.Settings) { s.Issuer = "javascript:alert(1)" },
		"scope without openid":           func(s *upstream.Settings) { s.Scope = oauth.Scope{"email"} },
		"a response mode of scripts":     func(s *upstream.Settings) { s.ResponseMode = "fragment" },
		"every tenant, unsaid":           func(s *upstream.Settings) { s.Issuer = "https://there.example.com/{tenantid}/v2.0" },
		"tenants of an issuer for one":   func(s *upstream.Settings) { s.Tenants = []string{"*"} },
		"Apple without a team":           func(s *upstream.Settings) { s.Auth, s.KeyID = upstream.AppleSecret, "k" },
		"another method":                 func(s *upstream.Settings) { s.Auth = "client_secret_jwt" },
		"another audience":               func(s *upstream.Settings) { s.AssertionAudience = "everybody" },
		"no algorithm":                   func(s *upstream.Settings) { s.IDTokenAlg = "none" },
		"HS256 without a secret":         func(s *upstream.Settings) { s.IDTokenAlg, s.Auth = oauth.HS256, oauth.PrivateKeyJWT },
		"a claim that is none of a user": func(s *upstream.Settings) { s.Claims = map[string]string{"sub": "email"} },
		"a domain without end":           func(s *upstream.Settings) { s.Domains = []string{long + ".example.com"} },
		"an acr value without end":       func(s *upstream.Settings) { s.ACRValues = []string{"a", long} },
		"a directory without end":        func(s *upstream.Settings) { s.ForTenants([]string{"a", long}) },
		"a claim of theirs without end":  func(s *upstream.Settings) { s.Claims = map[string]string{"name": long} },
		"an acr of theirs without end":   func(s *upstream.Settings) { s.ACR = map[string]string{long: "a"} },
		"an acr of ours without end":     func(s *upstream.Settings) { s.ACR = map[string]string{"a": long} },
		"a demand without end":           func(s *upstream.Settings) { s.RequiredClaims = map[string][]string{long: nil} },
		"a value demanded without end":   func(s *upstream.Settings) { s.RequiredClaims = map[string][]string{"a": {long}} },
		"more values than a list has":    func(s *upstream.Settings) { s.RequiredClaims = map[string][]string{"a": make([]string, 51)} },
		"a domain that is an address":    func(s *upstream.Settings) { s.Domains = []string{"jo@example.com"} },
		"a domain in capitals":           func(s *upstream.Settings) { s.Domains = []string{"Example.com"} },
		"a key that is none":             func(s *upstream.Settings) { s.Auth, s.KeyID = oauth.PrivateKeyJWT, "k" },
	} {
		set := settings(op)
		change(&set)
		if made, err := s.Providers.Add(t.Context(), "there", set, secret); !oauth.InvalidRequest.In(err) {
			t.Errorf("%s: got %+v %v", name, made, err)
		}
	}
	for _, id := range []string{"", "local", "UPPER", "with space", "-dash", "a/b", strings.Repeat("a", 33)} {
		if _, err := s.Providers.Add(t.Context(), id, settings(op), secret); !oauth.InvalidRequest.In(err) {
			t.Errorf("ID %q: got %v", id, err)
		}
	}
	if _, err := s.Providers.Add(t.Context(), "there", settings(op), oauth.Secret(strings.Repeat("s", 16<<10+1))); !oauth.InvalidRequest.In(err) {
		t.Errorf("a secret without end: got %v", err)
	}
	if _, err := s.Providers.Add(t.Context(), "there", settings(op), ""); !oauth.InvalidRequest.In(err) {
		t.Errorf("no secret: got %v", err)
	}
}

func TestASecretIsSealedAndNotMoved(t *testing.T) {
	s, op := open(t), &elsewhere.OpenID{Issuer: "https://there.example.com", Secret: secret}
	made := s.add("there", op, nil)
	kept, err := json.Marshal(made)
	must(t, err)
	if strings.Contains(string(kept), secret) || made.Sealed == nil {
		t.Errorf("kept as %s", kept)
	}
	elsewhere := func(set *upstream.Settings) error { set.Issuer = "https://evil.example.com"; return nil }
	if _, err := s.Providers.Update(t.Context(), "there", "", elsewhere); !oauth.InvalidRequest.In(err) {
		t.Errorf("the secret would be shown to another issuer: got %v", err)
	}
	_, err = s.Providers.Update(t.Context(), "there", "another-secret-that-is-long-enough-too", elsewhere)
	must(t, err)
	changed, err := s.Providers.Update(t.Context(), "there", "", func(set *upstream.Settings) error { set.Name = "Over There"; return nil })
	if err != nil || changed.Name != "Over There" || changed.Sealed == nil {
		t.Errorf("got %+v %v", changed, err)
	}
}

func TestProvidersAreListedInTheirOrder(t *testing.T) {
	s, op := open(t), &elsewhere.OpenID{Issuer: "https://there.example.com", Secret: secret}
	for id, order := range map[string]int{"c": 1, "a": 2, "b": 2} {
		s.add(id, op, func(set *upstream.Settings) { set.Order = order })
	}
	all, err := s.Providers.List(t.Context())
	if err != nil || len(all) != 3 || all[0].ID+all[1].ID+all[2].ID != "cab" {
		t.Errorf("got %v %v", all, err)
	}
	if _, err := s.Providers.Add(t.Context(), "a", settings(op), secret); !errors.Is(err, upstream.ErrTaken) {
		t.Errorf("twice: got %v", err)
	}
	must(t, s.Providers.Delete(t.Context(), "a"))
	if err := s.Providers.Delete(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Providers.Get(t.Context(), "../b"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestPresetsAreWhole(t *testing.T) {
	s := open(t)
	_, key := privateKey(t)
	for _, preset := range upstream.Presets() {
		set := preset.Settings
		set.ClientID, set.Name = "house", "There"
		switch preset.Needs {
		case "issuer":
			set.Issuer = "https://there.example.com"
		case "tenant":
			set.ForTenants([]string{"*"})
		}
		given := oauth.Secret(secret)
		if set.Auth == upstream.AppleSecret {
			set.KeyID, set.TeamID, given = "k", "t", key
		}
		if _, err := s.Providers.Add(t.Context(), preset.Name, set, given); err != nil {
			t.Errorf("%s: %v", preset.Name, err)
		}
		if set.TrustEmail || set.CreateUsers || set.TrustAMR {
			t.Errorf("%s is trusted by itself", preset.Name)
		}
	}
}
