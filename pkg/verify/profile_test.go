package verify_test

import (
	"encoding/json"
	"maps"
	"testing"
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
	"entra v2 id_token":       {"JWT", `{"aud":"api","sub":"alice","ver":"2.0","tid":"t1","uti":"j1","nonce":"n","roles":["Reader"]}`},
	"entra v1":                {"JWT", `{"aud":"api","sub":"alice","appid":"demo","ver":"1.0","scp":"a b","tid":"t1","uti":"j1"}`},
	"shared secret":           {"JWT", `{"aud":"api","sub":"alice"}`},
	"FastAPI's":               {"JWT", `{"sub":"alice"}`},
	"keycloak access":         {"JWT", `{"aud":"demo","sub":"alice","azp":"demo","typ":"Bearer","scope":"a","jti":"j1"}`},
	"keycloak id":             {"JWT", `{"aud":"demo","sub":"alice","azp":"demo","typ":"ID","jti":"j1"}`},
	"keycloak refresh":        {"JWT", `{"aud":"demo","sub":"alice","azp":"demo","typ":"Refresh","jti":"j1"}`},
	"keycloak bound":          {"at+jwt", `{"aud":["account","api"],"sub":"alice","azp":"demo","typ":"DPoP","jti":"j1","cnf":{"jkt":"x"}}`},
	"auth0 access":            {"JWT", `{"aud":["api","https://id.example.com/userinfo"],"sub":"auth0|alice","azp":"demo","scope":"a b"}`},
	"auth0 of an application": {"JWT", `{"aud":"api","sub":"demo@clients","azp":"demo","gty":"client-credentials"}`},
	"auth0 id":                {"JWT", `{"aud":"demo","sub":"auth0|alice","nonce":"n","sid":"s1"}`},
	"okta access":             {"", `{"ver":1,"aud":"api","sub":"alice@example.com","cid":"demo","uid":"u1","scp":["a","b"],"jti":"AT.1"}`},
	"okta id":                 {"", `{"ver":1,"aud":"demo","sub":"u1","jti":"ID.1","amr":["pwd"],"idp":"i1","at_hash":"x"}`},
	"DPoP proof":              {"dpop+jwt", `{"sub":"alice","aud":"api","jti":"j1","htm":"GET","htu":"https://api.example.com/"}`},
	"client assertion":        {"JWT", `{"iss":"demo","sub":"demo","aud":"https://id.example.com","jti":"j1"}`},
	"refresh token":           {"JWT", `{"aud":"api","sub":"alice","type":"refresh"}`},
	"mail link":               {"JWT", `{"aud":"api","sub":"alice","token_type":"email"}`},
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
		[]string{"id_token", "keycloak id", "cognito id", "auth0 id", "okta id"},
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
	"auth0": {
		verify.Policy{Profile: verify.ProfileAuth0, Issuer: issuer, Audience: []string{"api", "demo"}},
		[]string{"rfc9068", "auth0 access", "auth0 of an application", "entra v2", "entra v2 of an application"}, // which Auth0 never writes
	},
	"keycloak": {
		verify.Policy{Profile: verify.ProfileKeycloak, Issuer: issuer, Audience: []string{"api", "demo"}},
		[]string{"keycloak access", "keycloak bound"},
	},
	"okta": {
		verify.Policy{Profile: verify.ProfileOkta, Issuer: issuer, Audience: []string{"api", "demo"}},
		[]string{"okta access"},
	},
	"hs256": {
		verify.Policy{Profile: verify.ProfileHS256, Issuer: issuer, Audience: []string{"api"}},
		[]string{ // whoever has the secret may write these
			"shared secret", "rfc9068", "entra v2", "entra v2 of an application", "entra v1",
			"auth0 access", "auth0 of an application", "okta access",
		},
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
		"auth0 access":               {"auth0", oauth.AccessToken{ClientID: "demo", Audience: []string{"api", "u"}, Scope: oauth.Scope{"a", "b"}}},
		"keycloak access":            {"keycloak", oauth.AccessToken{ClientID: "demo", Audience: []string{"demo"}, ID: "j1", Scope: oauth.Scope{"a"}}},
		"okta access":                {"okta", oauth.AccessToken{ClientID: "demo", Audience: []string{"api"}, ID: "AT.1", Scope: oauth.Scope{"a", "b"}}},
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

func TestJ30TypesOfEachProfile(t *testing.T) {
	for name, types := range map[string]map[string]bool{
		"rfc9068":           {"at+jwt": true, "application/at+jwt": true, "JWT": false, "": false, "jwt": false, "logout+jwt": false, "dpop+jwt": false},
		"oidc-id-token":     {"JWT": true, "": true, "at+jwt": false, "application/at+jwt": false, "logout+jwt": false, "secevent+jwt": false},
		"cognito":           {"JWT": true, "": true, "at+jwt": false, "logout+jwt": false},
		"entra v2":          {"JWT": true, "": false, "at+jwt": false},
		"auth0":             {"JWT": false, "": false, "at+jwt": true, "logout+jwt": false}, // of RFC 9068's claims
		"keycloak":          {"JWT": true, "at+jwt": true, "": false, "logout+jwt": false},
		"okta":              {"JWT": true, "": true, "at+jwt": false, "logout+jwt": false, "application/okta-internal-at+jwt": false},
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
