package authorizer_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// template is what the template of oidc-authorizer sets, from its parameters'
// defaults, with what more replaces.
func template(more map[string]string) map[string]string {
	environment := map[string]string{
		"AWS_LAMBDA_LOG_LEVEL": "INFO",
		"JWKS_URI":             "https://id.example.com/keys",
		"MIN_REFRESH_RATE":     "900",
		"PRINCIPAL_ID_CLAIMS":  "preferred_username, sub",
		"DEFAULT_PRINCIPAL_ID": "unknown",
		"ACCEPTED_ISSUERS":     "https://id.example.com",
		"ACCEPTED_AUDIENCES":   "https://api.example.com, other",
		"ACCEPTED_ALGORITHMS":  "",
		"TOKEN_VALIDATION_CEL": "",
	}
	maps.Copy(environment, more)
	return environment
}

func settingsFrom(t *testing.T, environment map[string]string) (authorizer.Settings, error) {
	t.Helper()
	cfg, err := config.FromMap(environment)
	if err != nil {
		t.Fatal(err)
	}
	return authorizer.SettingsFrom(cfg)
}

func TestVariablesOfOIDCAuthorizerMakeTheSameGate(t *testing.T) {
	cognito := "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE"
	for name, c := range map[string]struct {
		environment map[string]string
		want        []authorizer.IssuerSettings // beside audience and address of the keys
	}{
		"as the template sets them": {nil, []authorizer.IssuerSettings{{Issuer: issuer, Profile: "rfc9068"}}},
		"several issuers, with spaces": {
			map[string]string{"ACCEPTED_ISSUERS": "https://accounts.google.com, accounts.google.com ,"},
			[]authorizer.IssuerSettings{
				{Issuer: "https://accounts.google.com", Profile: "oidc-id-token"}, {Issuer: "accounts.google.com", Profile: "oidc-id-token"},
			},
		},
		"Cognito is known by its name": {
			map[string]string{"ACCEPTED_ISSUERS": cognito}, []authorizer.IssuerSettings{{Issuer: cognito, Profile: "cognito"}},
		},
		"so is Entra": {
			map[string]string{"ACCEPTED_ISSUERS": "https://login.microsoftonline.com/t1/v2.0,https://sts.windows.net/t1/"},
			[]authorizer.IssuerSettings{
				{Issuer: "https://login.microsoftonline.com/t1/v2.0", Profile: "entra"}, {Issuer: "https://sts.windows.net/t1/", Profile: "entra"},
			},
		},
		"so are Auth0, Okta and Keycloak": {
			map[string]string{"ACCEPTED_ISSUERS": "https://t1.eu.auth0.com/,https://t1.okta.com/oauth2/default,https://sso.example.com/realms/t1"},
			[]authorizer.IssuerSettings{
				{Issuer: "https://t1.eu.auth0.com/", Profile: "auth0"},
				{Issuer: "https://t1.okta.com/oauth2/default", Profile: "okta"},
				{Issuer: "https://sso.example.com/realms/t1", Profile: "keycloak"},
			},
		},
		"algorithms that nobody here speaks are not accepted": {
			map[string]string{"ACCEPTED_ALGORITHMS": "RS256, RS512, ES256"},
			[]authorizer.IssuerSettings{{Issuer: issuer, Profile: "rfc9068", Algs: []oauth.Alg{"RS256", "ES256"}}},
		},
		"another kind of token, said": {
			map[string]string{"TOKEN_PROFILE": "oidc-id-token"}, []authorizer.IssuerSettings{{Issuer: issuer, Profile: "oidc-id-token"}},
		},
	} {
		s, err := settingsFrom(t, template(c.environment))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range c.want {
			c.want[i].Audience, c.want[i].JWKSURI = []string{audience, "other"}, "https://id.example.com/keys"
		}
		if diff := cmp.Diff(c.want, s.Issuers); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if diff := cmp.Diff([]string{"preferred_username"}, s.ContextClaims); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if _, err := authorizer.New(s, tokens(verify.StaticKeys(keySet())), discard); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What their authorizer takes for "any" is refused at the start, with what to set
// instead; all of it at once.
func TestUnsafeVariablesOfOIDCAuthorizerAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		environment map[string]string
		want        []string
	}{
		"all that theirs needs":   {map[string]string{"JWKS_URI": "https://id.example.com/keys"}, []string{"ACCEPTED_ISSUERS", "ACCEPTED_AUDIENCES"}},
		"any issuer":              {template(map[string]string{"ACCEPTED_ISSUERS": " , "}), []string{"ACCEPTED_ISSUERS is not set"}},
		"any issuer, by a star":   {template(map[string]string{"ACCEPTED_ISSUERS": "*"}), []string{"ACCEPTED_ISSUERS has a *"}},
		"any audience":            {template(map[string]string{"ACCEPTED_AUDIENCES": ""}), []string{"ACCEPTED_AUDIENCES is not set"}},
		"any audience, by a star": {template(map[string]string{"ACCEPTED_AUDIENCES": "a,*"}), []string{"ACCEPTED_AUDIENCES has a *"}},
		"no keys":                 {template(map[string]string{"JWKS_URI": ""}), []string{"JWKS_URI is not set"}},
		"an expression":           {template(map[string]string{"TOKEN_VALIDATION_CEL": `claims.admin == true`}), []string{"TOKEN_VALIDATION_CEL is not evaluated"}},
		"no algorithm of ours":    {template(map[string]string{"ACCEPTED_ALGORITHMS": "RS512"}), []string{"ACCEPTED_ALGORITHMS"}},
		"a shared secret":         {template(map[string]string{"TOKEN_PROFILE": "hs256"}), []string{"TOKEN_PROFILE"}},
		"no such profile":         {template(map[string]string{"TOKEN_PROFILE": "jwt"}), []string{"TOKEN_PROFILE"}},
		"theirs beside ours": {
			template(map[string]string{"ISSUER": issuer, "AUDIENCE": audience, "TOKEN_VALIDATION_CEL": "false", "TOKEN_PROFILE": "cognito"}),
			[]string{"TOKEN_PROFILE is of another", "ACCEPTED_ISSUERS is of another", "ACCEPTED_AUDIENCES is of another", "TOKEN_VALIDATION_CEL is of another"},
		},
		"theirs beside a document": {
			map[string]string{"AUTHORIZER_SETTINGS": `{` + oneIssuer + `}`, "ACCEPTED_ALGORITHMS": "ES256"}, []string{"ACCEPTED_ALGORITHMS is of another"},
		},
	} {
		_, err := settingsFrom(t, c.environment)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %s", name, err, want)
			}
		}
	}
}

// The function as it was deployed for theirs: keys by address, good and bad tokens.
func TestAGateConfiguredForOIDCAuthorizerDecides(t *testing.T) {
	issuing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"keys":[` + signer.JWK("k1", "") + `]}`))
	}))
	defer issuing.Close()
	environment := template(map[string]string{"ACCEPTED_ISSUERS": issuing.URL, "JWKS_URI": issuing.URL + "/keys", "ISSUER": "", "AUDIENCE": ""})
	for name, c := range map[string]struct {
		token string
		want  bool
	}{
		"good":                 {token("", map[string]any{"iss": issuing.URL}), true},
		"of the list's second": {token("", map[string]any{"iss": issuing.URL, "aud": []string{"other", "third"}}), true},
		"for nobody":           {token("", map[string]any{"iss": issuing.URL, "aud": nil}), false},
		"for another":          {token("", map[string]any{"iss": issuing.URL, "aud": "third"}), false},
		"of another issuer":    {token("", nil), false},
		"expired":              {token("", map[string]any{"iss": issuing.URL, "exp": now() - 3600}), false},
	} {
		if err := invoke(t, environment, c.token); (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
