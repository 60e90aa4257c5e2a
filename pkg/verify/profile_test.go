package verify_test

import (
	"encoding/json"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// kinds are one good token of each kind, as their issuers write them. The times are
// added.
var kinds = map[string]struct{ typ, claims string }{
	"rfc9068":  {"at+jwt", `{"aud":"api","sub":"alice","client_id":"demo","jti":"j1","scope":"a b"}`},
	"id_token": {"JWT", `{"aud":"demo","sub":"alice","azp":"demo","nonce":"n","auth_time":1700000000,"at_hash":"x"}`},
	"logout token": {"logout+jwt", `{"aud":"demo","sub":"alice","jti":"j1",
		"events":{"http://schemas.openid.net/event/backchannel-logout":{}}}`},
	"old logout token": {"JWT", `{"aud":"demo","sub":"alice","jti":"j1",
		"events":{"http://schemas.openid.net/event/backchannel-logout":{}}}`},
	"cognito access": {"", `{"sub":"alice","token_use":"access","client_id":"demo","username":"a","version":2,"jti":"j1",
		"origin_jti":"o1","scope":"a b","auth_time":1700000000}`},
	"cognito id": {"", `{"sub":"alice","token_use":"id","aud":"demo","cognito:username":"a","jti":"j1","origin_jti":"o1","at_hash":"x"}`},
	"entra v2":   {"JWT", `{"aud":"api","sub":"alice","azp":"demo","ver":"2.0","scp":"a b","tid":"t1","uti":"j1","oid":"o1"}`},
	"entra v2 of an application": {"JWT", `{"aud":"api","sub":"demo-object","azp":"demo","ver":"2.0","roles":["Reader"],
		"tid":"t1","uti":"j1","idtyp":"app"}`},
	"entra v2 id_token": {"JWT", `{"aud":"api","sub":"alice","ver":"2.0","tid":"t1","uti":"j1","nonce":"n","roles":["Reader"]}`},
	"entra v1":          {"JWT", `{"aud":"api","sub":"alice","appid":"demo","ver":"1.0","scp":"a b","tid":"t1","uti":"j1"}`},
	"shared secret":     {"JWT", `{"aud":"api","sub":"alice"}`},
	"FastAPI's":         {"JWT", `{"sub":"alice"}`},
	"keycloak access":   {"JWT", `{"aud":"demo","sub":"alice","azp":"demo","typ":"Bearer","scope":"a","jti":"j1"}`},
	"keycloak id":       {"JWT", `{"aud":"demo","sub":"alice","azp":"demo","typ":"ID","jti":"j1"}`},
	"keycloak refresh":  {"JWT", `{"aud":"demo","sub":"alice","azp":"demo","typ":"Refresh","jti":"j1"}`},
	"DPoP proof":        {"dpop+jwt", `{"sub":"alice","aud":"api","jti":"j1","htm":"GET","htu":"https://api.example.com/"}`},
	"client assertion":  {"JWT", `{"iss":"demo","sub":"demo","aud":"https://id.example.com","jti":"j1"}`},
	"refresh token":     {"JWT", `{"aud":"api","sub":"alice","type":"refresh"}`},
	"mail link":         {"JWT", `{"aud":"api","sub":"alice","token_type":"email"}`},
}

// tokenOf signs a token of a kind as written by an issuer, with some claims changed.
func tokenOf(t *testing.T, signer josetest.Signer, iss, kind string, changes change) string {
	t.Helper()
	now := time.Now().Unix()
	members := map[string]any{"iss": iss, "iat": now, "exp": now + 3600}
	var own map[string]any
	if err := json.Unmarshal([]byte(kinds[kind].claims), &own); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	maps.Copy(members, own)
	for name, value := range changes {
		if members[name] = json.RawMessage(value); value == absent {
			delete(members, name)
		}
	}
	payload, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return signer.Token(kinds[kind].typ, "k1", string(payload))
}

// profiles are the policies under test, each with the kinds that it accepts.
var profiles = map[string]struct {
	policy verify.Policy
	good   []string
}{
	"rfc9068": {
		verify.Policy{Profile: verify.ProfileRFC9068, Issuer: issuer, Audience: []string{"api", "demo"}},
		[]string{"rfc9068"},
	},
	"oidc-id-token": {
		verify.Policy{Profile: verify.ProfileIDToken, Issuer: issuer, Audience: []string{"demo"}},
		[]string{"id_token", "keycloak id", "cognito id"},
	},
	"cognito": {
		verify.Policy{Profile: verify.ProfileCognito, Issuer: issuer, Audience: []string{"demo"}},
		[]string{"cognito access"},
	},
	"cognito with id_tokens": {
		verify.Policy{
			Profile: verify.ProfileCognito, Issuer: issuer, Audience: []string{"demo"},
			RequiredClaims: map[string][]string{"token_use": {"access", "id"}},
		},
		[]string{"cognito access", "cognito id"},
	},
	"cognito, id_tokens alone": {
		verify.Policy{
			Profile: verify.ProfileCognito, Issuer: issuer, Audience: []string{"demo"},
			RequiredClaims: map[string][]string{"token_use": {"id"}},
		},
		[]string{"cognito id"},
	},
	"entra v2": {
		verify.Policy{Profile: verify.ProfileEntra, Issuer: "https://login.example.com/t1/v2.0", Audience: []string{"api", "demo"}},
		[]string{"entra v2", "entra v2 of an application"},
	},
	"entra v1": {
		verify.Policy{Profile: verify.ProfileEntra, Issuer: "https://sts.example.com/t1/", Audience: []string{"api", "demo"}},
		[]string{"entra v1"},
	},
	"hs256": {
		verify.Policy{Profile: verify.ProfileHS256, Issuer: issuer, Audience: []string{"api"}},
		[]string{"shared secret", "rfc9068", "entra v2", "entra v2 of an application", "entra v1"}, // whoever has the secret may write these
	},
	"hs256 without aud": {
		verify.Policy{Profile: verify.ProfileHS256, Issuer: issuer, NoAud: true},
		[]string{"FastAPI's", "cognito access"},
	},
}

func signerFor(p verify.Profile) josetest.Signer { return josetest.New(p.Algs()[0]) }

func verifierOf(t *testing.T, p verify.Policy, signer josetest.Signer) *verify.AccessTokens {
	t.Helper()
	set, err := jose.NewSet(signer.Key("k1"))
	if err != nil {
		t.Fatal(err)
	}
	p.Algs, p.MaxLifetime = p.Profile.Algs(), 24*time.Hour
	v, err := verify.NewAccessTokens(p, verify.StaticKeys(set))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Every kind of token is sent to every profile, signed with the right key by the
// right issuer: only what the profile is for passes.
func TestJ30KindsAreNeverConfused(t *testing.T) {
	for name, row := range profiles {
		signer := signerFor(row.policy.Profile)
		v := verifierOf(t, row.policy, signer)
		good := map[string]bool{}
		for _, kind := range row.good {
			good[kind] = true
		}
		for kind := range kinds {
			got, err := v.Verify(t.Context(), tokenOf(t, signer, row.policy.Issuer, kind, nil))
			if good[kind] != (err == nil) {
				t.Errorf("%s: %s: got %v, want good %v", name, kind, err, good[kind])
			}
			if err == nil && got.Subject == "" {
				t.Errorf("%s: %s: nobody's", name, kind)
			}
			if err != nil {
				refused(t, name+": "+kind, err)
			}
		}
	}
}

// What a profile reads of a token that is good.
func TestProfilesReadWhatTheirIssuersWrite(t *testing.T) {
	for kind, want := range map[string]struct {
		profile string
		token   oauth.AccessToken
	}{
		"id_token":                   {"oidc-id-token", oauth.AccessToken{ClientID: "demo", Audience: []string{"demo"}}},
		"cognito access":             {"cognito", oauth.AccessToken{ClientID: "demo", Audience: []string{"demo"}, ID: "j1", Scope: oauth.Scope{"a", "b"}}},
		"cognito id":                 {"cognito with id_tokens", oauth.AccessToken{ClientID: "demo", Audience: []string{"demo"}, ID: "j1"}},
		"entra v2":                   {"entra v2", oauth.AccessToken{ClientID: "demo", Audience: []string{"api"}, ID: "j1", Scope: oauth.Scope{"a", "b"}}},
		"entra v2 of an application": {"entra v2", oauth.AccessToken{ClientID: "demo", Audience: []string{"api"}, ID: "j1"}},
		"entra v1":                   {"entra v1", oauth.AccessToken{ClientID: "demo", Audience: []string{"api"}, ID: "j1", Scope: oauth.Scope{"a", "b"}}},
		"FastAPI's":                  {"hs256 without aud", oauth.AccessToken{}},
	} {
		policy := profiles[want.profile].policy
		signer := signerFor(policy.Profile)
		got, err := verifierOf(t, policy, signer).Verify(t.Context(), tokenOf(t, signer, policy.Issuer, kind, nil))
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		same := got.ClientID == want.token.ClientID && got.ID == want.token.ID && got.Scope.String() == want.token.Scope.String() &&
			len(got.Audience) == len(want.token.Audience)
		if !same || len(got.Audience) > 0 && got.Audience[0] != want.token.Audience[0] {
			t.Errorf("%s: got %+v, want %+v", kind, got, want.token)
		}
	}
}

// Each row bends a good token; the name is the rule that refuses it.
func TestJ30RulesOfEachProfile(t *testing.T) {
	for name, row := range map[string]struct {
		profile, kind string
		change        change
		good          bool
	}{
		"id_token: an audience beside ours":                        {"oidc-id-token", "id_token", change{"aud": `["demo","other"]`}, false},
		"id_token: several audiences, all ours, with azp":          {"oidc-id-token", "id_token", change{"aud": `["demo","demo"]`}, true},
		"id_token: several audiences without azp":                  {"oidc-id-token", "id_token", change{"aud": `["demo","demo"]`, "azp": absent}, false},
		"id_token: another azp":                                    {"oidc-id-token", "id_token", change{"azp": `"other"`}, false},
		"id_token: azp that is a list":                             {"oidc-id-token", "id_token", change{"azp": `["demo"]`}, false},
		"id_token: one audience needs no azp":                      {"oidc-id-token", "id_token", change{"azp": absent}, true},
		"id_token: aud is missing":                                 {"oidc-id-token", "id_token", change{"aud": absent}, false},
		"id_token: aud is empty":                                   {"oidc-id-token", "id_token", change{"aud": `[]`}, false},
		"id_token: iat is missing":                                 {"oidc-id-token", "id_token", change{"iat": absent}, false},
		"id_token: sub is missing":                                 {"oidc-id-token", "id_token", change{"sub": absent}, false},
		"id_token: it has events":                                  {"oidc-id-token", "id_token", change{"events": `{}`}, false},
		"id_token: it has a scope":                                 {"oidc-id-token", "id_token", change{"scope": `"a"`}, false},
		"id_token: it has an ath, as a DPoP proof":                 {"oidc-id-token", "id_token", change{"ath": `"x"`}, false},
		"id_token: it has an htm, as a DPoP proof":                 {"oidc-id-token", "id_token", change{"htm": `"GET"`}, false},
		"hs256: it has an ath, as a DPoP proof":                    {"hs256", "shared secret", change{"ath": `"x"`}, false},
		"hs256: it has an htm, as a DPoP proof":                    {"hs256", "shared secret", change{"htm": `"GET"`}, false},
		"hs256: it has an at_hash, as an id_token":                 {"hs256", "shared secret", change{"at_hash": `"x"`}, false},
		"hs256: it has a c_hash, as an id_token":                   {"hs256", "shared secret", change{"c_hash": `"x"`}, false},
		"hs256: it has events, as a logout token":                  {"hs256", "shared secret", change{"events": `{}`}, false},
		"entra: it has an at_hash, as an id_token":                 {"entra v2", "entra v2", change{"at_hash": `"x"`}, false},
		"entra: it has a c_hash, as an id_token":                   {"entra v2", "entra v2", change{"c_hash": `"x"`}, false},
		"entra: it has events":                                     {"entra v2", "entra v2", change{"events": `{}`}, false},
		"cognito: an id_token with a client_id":                    {"cognito with id_tokens", "cognito id", change{"client_id": `"demo"`}, false},
		"cognito: an id_token with events":                         {"cognito with id_tokens", "cognito id", change{"events": `{}`}, false},
		"id_token: it has scp":                                     {"oidc-id-token", "id_token", change{"scp": `"a"`}, false},
		"id_token: it has a client_id":                             {"oidc-id-token", "id_token", change{"client_id": `"demo"`}, false},
		"id_token: token_use is access":                            {"oidc-id-token", "id_token", change{"token_use": `"access"`}, false},
		"id_token: token_use is no string":                         {"oidc-id-token", "id_token", change{"token_use": `["id"]`}, false},
		"cognito: token_use is missing":                            {"cognito", "cognito access", change{"token_use": absent}, false},
		"cognito: token_use is a list":                             {"cognito", "cognito access", change{"token_use": `["access"]`}, false},
		"cognito: another client":                                  {"cognito", "cognito access", change{"client_id": `"other"`}, false},
		"cognito: client_id is missing":                            {"cognito", "cognito access", change{"client_id": absent}, false},
		"cognito: the client as aud does not stand for it":         {"cognito", "cognito access", change{"client_id": absent, "aud": `"demo"`}, false},
		"cognito: aud of another resource":                         {"cognito", "cognito access", change{"aud": `"https://other.example.com"`}, false},
		"cognito: aud that is ours":                                {"cognito", "cognito access", change{"aud": `["x","demo"]`}, true},
		"cognito: an id_token of another client":                   {"cognito with id_tokens", "cognito id", change{"aud": `"other"`}, false},
		"cognito: an id_token without aud":                         {"cognito with id_tokens", "cognito id", change{"aud": absent}, false},
		"cognito: an id_token with a scope":                        {"cognito with id_tokens", "cognito id", change{"scope": `"a"`}, false},
		"cognito: iat is missing":                                  {"cognito", "cognito access", change{"iat": absent}, false},
		"entra: another tenant":                                    {"entra v2", "entra v2", change{"tid": `"t2"`}, false},
		"entra: a tenant that begins like ours":                    {"entra v2", "entra v2", change{"tid": `"t"`}, false},
		"entra: tid is a number":                                   {"entra v2", "entra v2", change{"tid": `1`}, false},
		"entra: ver is missing":                                    {"entra v2", "entra v2", change{"ver": absent}, false},
		"entra: ver is a number":                                   {"entra v2", "entra v2", change{"ver": `2.0`}, false},
		"entra: ver is an object":                                  {"entra v2", "entra v2", change{"ver": `{}`}, false},
		"entra: another version":                                   {"entra v2", "entra v2", change{"ver": `"1.0"`, "appid": `"demo"`}, false},
		"entra: version 2.0 from the issuer of version 1.0":        {"entra v1", "entra v2", nil, false},
		"entra: no client":                                         {"entra v2", "entra v2", change{"azp": absent}, false},
		"entra: the client of the other version":                   {"entra v2", "entra v2", change{"azp": absent, "appid": `"demo"`}, false},
		"entra: neither scp nor roles":                             {"entra v2", "entra v2", change{"scp": absent}, false},
		"entra: scp is a list":                                     {"entra v2", "entra v2", change{"scp": `["a"]`}, false},
		"entra: roles is an object":                                {"entra v2", "entra v2", change{"roles": `{}`}, false},
		"entra: another audience":                                  {"entra v2", "entra v2", change{"aud": `"https://graph.example.com"`}, false},
		"entra: a nonce among the claims":                          {"entra v2", "entra v2", change{"nonce": `"n"`}, false},
		"hs256: aud where there is none":                           {"hs256 without aud", "FastAPI's", change{"aud": `"api"`}, false},
		"hs256: an empty aud where there is none":                  {"hs256 without aud", "FastAPI's", change{"aud": `[]`}, false},
		"hs256: at+jwt, whose rules want aud, where there is none": {"hs256 without aud", "rfc9068", change{"aud": absent}, false},
		"hs256: aud is missing":                                    {"hs256", "shared secret", change{"aud": absent}, false},
		"hs256: iat may be missing":                                {"hs256", "shared secret", change{"iat": absent}, true},
		"hs256: exp may not":                                       {"hs256", "shared secret", change{"exp": absent}, false},
		"hs256: sub may not":                                       {"hs256", "shared secret", change{"sub": absent}, false},
		"hs256: type may be anything that is no kind of token":     {"hs256", "shared secret", change{"type": `"person"`}, true},
		"hs256: type may be an object":                             {"hs256", "shared secret", change{"type": `{}`}, true},
		"hs256: token_type access":                                 {"hs256", "shared secret", change{"token_type": `"access"`}, true},
		"hs256: token_type refresh":                                {"hs256", "shared secret", change{"token_type": `"refresh"`}, false},
		"hs256: token_use id":                                      {"hs256", "shared secret", change{"token_use": `"id"`}, false},
		"hs256: it has a nonce":                                    {"hs256", "shared secret", change{"nonce": `"n"`}, false},
		"rfc9068: what RFC 9068 requires, from a shared secret":    {"hs256", "rfc9068", change{"jti": absent}, false},
	} {
		policy := profiles[row.profile].policy
		signer := signerFor(policy.Profile)
		_, err := verifierOf(t, policy, signer).Verify(t.Context(), tokenOf(t, signer, policy.Issuer, row.kind, row.change))
		if row.good != (err == nil) {
			t.Errorf("%s: got %v, want good %v", name, err, row.good)
		}
		if err != nil {
			refused(t, name, err)
		}
	}
}

func TestJ30TypesOfEachProfile(t *testing.T) {
	for name, types := range map[string]map[string]bool{
		"rfc9068":           {"at+jwt": true, "application/at+jwt": true, "JWT": false, "": false, "jwt": false, "logout+jwt": false, "dpop+jwt": false},
		"oidc-id-token":     {"JWT": true, "": true, "at+jwt": false, "application/at+jwt": false, "logout+jwt": false, "secevent+jwt": false},
		"cognito":           {"JWT": true, "": true, "at+jwt": false, "logout+jwt": false},
		"entra v2":          {"JWT": true, "": false, "at+jwt": false},
		"hs256 without aud": {"JWT": true, "": true, "at+jwt": false, "logout+jwt": false},
	} {
		policy, kind := profiles[name].policy, profiles[name].good[0]
		signer := signerFor(policy.Profile)
		v := verifierOf(t, policy, signer)
		for typ, good := range types {
			jws, err := jose.ParseCompact(tokenOf(t, signer, policy.Issuer, kind, nil), jose.MaxAccessTokenBytes)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify(t.Context(), signer.Token(typ, "k1", string(jws.Payload))); good != (err == nil) {
				t.Errorf("%s: typ %q: got %v, want good %v", name, typ, err, good)
			}
		}
	}
}

// Microsoft's own tokens have a nonce in the header, and nobody else is meant to
// read them.
func TestJ30NonceInTheHeader(t *testing.T) {
	for name, row := range profiles {
		signer := signerFor(row.policy.Profile)
		jws, err := jose.ParseCompact(tokenOf(t, signer, row.policy.Issuer, row.good[0], nil), jose.MaxAccessTokenBytes)
		if err != nil {
			t.Fatal(err)
		}
		header, err := json.Marshal(map[string]string{"alg": string(signer.Alg), "kid": "k1", "typ": kinds[row.good[0]].typ, "nonce": "n"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = verifierOf(t, row.policy, signer).Verify(t.Context(), signer.Compact(string(header), string(jws.Payload)))
		refused(t, name, err)
	}
}

func TestProfilesThatCannotBe(t *testing.T) {
	set, err := jose.NewSet(josetest.New(oauth.ES256).Key("k1"))
	if err != nil {
		t.Fatal(err)
	}
	good := verify.Policy{Issuer: issuer, Audience: []string{"api"}, Algs: []oauth.Alg{oauth.HS256}, MaxLifetime: time.Hour, Profile: verify.ProfileHS256}
	for name, spoil := range map[string]func(*verify.Policy){
		"unknown":                       func(p *verify.Policy) { p.Profile = "any" },
		"J03 hs256 with public keys":    func(p *verify.Policy) { p.Algs = []oauth.Alg{oauth.ES256} },
		"J03 public keys with a secret": func(p *verify.Policy) { p.Profile = verify.ProfileIDToken },
		"J03 the same by its name":      func(p *verify.Policy) { p.Profile = verify.ProfileRFC9068 },
		"no iss beside public keys": func(p *verify.Policy) {
			p.Profile, p.Algs, p.NoIss = verify.ProfileRFC9068, []oauth.Alg{oauth.ES256}, true
		},
		"no aud beside public keys": func(p *verify.Policy) {
			p.Profile, p.Algs, p.NoAud, p.Audience = verify.ProfileIDToken, []oauth.Alg{oauth.ES256}, true, nil
		},
		"an audience and none":     func(p *verify.Policy) { p.NoAud = true },
		"any audience and none":    func(p *verify.Policy) { p.NoAud, p.AnyAudience, p.Audience = true, true, nil },
		"an audience and whatever": func(p *verify.Policy) { p.AnyAudience = true },
	} {
		p := good
		spoil(&p)
		if _, err := verify.NewAccessTokens(p, verify.StaticKeys(set)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestRequiredClaimsOfAPolicy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signer := josetest.New(oauth.HS256)
		policy := profiles["hs256"].policy
		policy.RequiredClaims = map[string][]string{"tenant": {"t1", "true"}, "email": {}}
		v := verifierOf(t, policy, signer)
		for name, row := range map[string]struct {
			change
			good bool
		}{
			"both":                          {change{"tenant": `"t1"`, "email": `"a@example.com"`}, true},
			"one of a list":                 {change{"tenant": `["t2","t1"]`, "email": `1`}, true},
			"true":                          {change{"tenant": `true`, "email": `false`}, true},
			"another value":                 {change{"tenant": `"t2"`, "email": `"a"`}, false},
			"the beginning of a value":      {change{"tenant": `"t"`, "email": `"a"`}, false},
			"values joined":                 {change{"tenant": `"t1 true"`, "email": `"a"`}, false},
			"a list without":                {change{"tenant": `["t2",["t1"]]`, "email": `"a"`}, false},
			"a number":                      {change{"tenant": `1`, "email": `"a"`}, false},
			"an object":                     {change{"tenant": `{"t1":1}`, "email": `"a"`}, false},
			"one is missing":                {change{"tenant": `"t1"`}, false},
			"the one with values is absent": {change{"email": `"a"`}, false},
			"null is nothing":               {change{"tenant": `"t1"`, "email": `null`}, false},
		} {
			if _, err := v.Verify(t.Context(), tokenOf(t, signer, issuer, "shared secret", row.change)); row.good != (err == nil) {
				t.Errorf("%s: got %v, want good %v", name, err, row.good)
			}
		}
	})
}
