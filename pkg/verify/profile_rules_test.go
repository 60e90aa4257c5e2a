package verify_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

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
		"auth0: no azp":                                            {"auth0", "auth0 access", change{"azp": absent}, false},
		"auth0: an audience that is the client, as an id_token's":  {"auth0", "auth0 access", change{"aud": `["api","demo"]`}, false},
		"auth0: aud that is no string":                             {"auth0", "auth0 access", change{"aud": `1`}, false},
		"auth0: it has a nonce":                                    {"auth0", "auth0 access", change{"nonce": `"n"`}, false},
		"auth0: it has events":                                     {"auth0", "auth0 access", change{"events": `{}`}, false},
		"auth0: another audience":                                  {"auth0", "auth0 access", change{"aud": `"https://id.example.com/userinfo"`}, false},
		"keycloak: typ is missing among the claims":                {"keycloak", "keycloak access", change{"typ": absent}, false},
		"keycloak: a refresh token":                                {"keycloak", "keycloak access", change{"typ": `"Refresh"`}, false},
		"keycloak: O20 bound to nothing":                           {"keycloak", "keycloak bound", change{"cnf": absent}, false},
		"keycloak: typ is a list":                                  {"keycloak", "keycloak access", change{"typ": `["Bearer"]`}, false},
		"keycloak: no azp":                                         {"keycloak", "keycloak access", change{"azp": absent}, false},
		"keycloak: no jti":                                         {"keycloak", "keycloak access", change{"jti": absent}, false},
		"keycloak: it has an at_hash":                              {"keycloak", "keycloak access", change{"at_hash": `"x"`}, false},
		"keycloak: older ones repeat the nonce":                    {"keycloak", "keycloak access", change{"nonce": `"n"`}, true},
		"keycloak: another audience":                               {"keycloak", "keycloak access", change{"aud": `"account"`}, false},
		"okta: no cid":                                             {"okta", "okta access", change{"cid": absent}, false},
		"okta: cid is a list":                                      {"okta", "okta access", change{"cid": `["demo"]`}, false},
		"okta: scp is a number":                                    {"okta", "okta access", change{"scp": `1`}, false},
		"okta: one scope that reads as two":                        {"okta", "okta access", change{"scp": `["a admin"]`}, false},
		"okta: an empty scope":                                     {"okta", "okta access", change{"scp": `[""]`}, false},
		"okta: no scp, of an application":                          {"okta", "okta access", change{"scp": absent}, true},
		"okta: it has an at_hash, as an id_token":                  {"okta", "okta access", change{"at_hash": `"x"`}, false},
		"okta: no jti":                                             {"okta", "okta access", change{"jti": absent}, false},
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
		policy.RequiredClaims = map[string][]string{"tenant": {"t1", "true", "12"}, "email": {}}
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
			"another number":                {change{"tenant": `1`, "email": `"a"`}, false},
			"a number, as JSON writes it":   {change{"tenant": `12`, "email": `"a"`}, true},
			"a number in a list":            {change{"tenant": `["t2",12]`, "email": `"a"`}, true},
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
