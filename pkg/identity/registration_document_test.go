package identity_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestO52ParseRegistration(t *testing.T) {
	for name, c := range map[string]struct {
		document string
		want     identity.Registration
		ignored  []string
		refused  string // what the error names
	}{
		"members of every kind": {
			`{"client_id":"a","client_name":"A","scope":"openid x","default_max_age":3,"response_types":["code"],"jwks_uri":"https://a.example.com/"}`,
			identity.Registration{ID: "a", ClientMetadata: oauth.ClientMetadata{
				ClientName: "A", Scope: oauth.Scope{"openid", "x"},
				AuthorizationMetadata: oauth.AuthorizationMetadata{DefaultMaxAge: new(3), ResponseTypes: []string{"code"}},
				ResponseMetadata:      oauth.ResponseMetadata{JWKSURI: "https://a.example.com/"},
			}},
			nil, "",
		},
		"what means nothing here":       {`{"b":1,"a#de":"x","software_id":"s"}`, identity.Registration{}, []string{"a#de", "b", "software_id"}, ""},
		"J28 another spelling":          {`{"Client_Name":"A","CLIENT_ID":"a","\u017fcope":"x"}`, identity.Registration{}, []string{"CLIENT_ID", "Client_Name", "ſcope"}, ""},
		"null is nothing":               {`{"jwks":null,"redirect_uris":null,"default_max_age":null}`, identity.Registration{}, nil, ""},
		"a null among texts":            {`{"contacts":["a@example.com",null]}`, identity.Registration{}, nil, "contacts[1] must not be null"},
		"a null among redirect URIs":    {`{"redirect_uris":[null]}`, identity.Registration{}, nil, "redirect_uris[0] must not be null"},
		"a null among mappings":         {`{"claims_mapping":[null]}`, identity.Registration{}, nil, "claims_mapping[0] must not be null"},
		"a null within a mapping":       {`{"claims_mapping":[{"claim":"name","from":null,"omit":true}]}`, identity.Registration{}, nil, "claims_mapping[0].from must not be null"},
		"a member twice":                {`{"client_name":"A","client_name":"B"}`, identity.Registration{}, nil, "repeated"},
		"a member twice, once escaped":  {`{"client_name":"A","client\u005fname":"B"}`, identity.Registration{}, nil, "repeated"},
		"a list that is text":           {`{"redirect_uris":"https://a.example.com/"}`, identity.Registration{}, nil, "redirect_uris"},
		"a text that is a number":       {`{"client_name":1}`, identity.Registration{}, nil, "client_name"},
		"a scope that cannot be":        {`{"scope":"\""}`, identity.Registration{}, nil, "scope"},
		"a scope that is a list":        {`{"scope":["openid"]}`, identity.Registration{}, nil, "scope"},
		"a number that is too large":    {`{"access_token_lifetime":1e300}`, identity.Registration{}, nil, "access_token_lifetime"},
		"something behind":              {`{} {}`, identity.Registration{}, nil, "json"},
		"an array":                      {`[]`, identity.Registration{}, nil, "json"},
		"not what a client tells of it": {`{"dynamic":{},"secrets":[],"issued_at":"2026-01-01T00:00:00Z"}`, identity.Registration{}, []string{"dynamic", "issued_at", "secrets"}, ""},
	} {
		got, ignored, err := identity.ParseRegistration([]byte(c.document))
		if c.refused != "" {
			if code(err) != oauth.InvalidClientMetadata || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: got %v", name, err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" || !slices.Equal(ignored, c.ignored) {
			t.Errorf("%s: got %v, ignored %q\n%s", name, err, ignored, diff)
		}
	}
}

// Whatever a stranger sends: what is understood of it, written down and read again, is
// the same, and a client that registers by it keeps the rules.
func FuzzRegistration(f *testing.F) {
	f.Add([]byte(`{"redirect_uris":["https://rp.example.com/"],"scope":"openid admin","skip_consent":true}`))
	f.Add([]byte(`{"redirect_uris":["com.example.app:/x"],"application_type":"native","jwks":{"keys":[]},"grant_types":["authorization_code","password"]}`))
	f.Add([]byte(`{"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"http://localhost/","client_name":null}`))
	clients, _ := newClients(f)
	terms := oauth.RegistrationTerms{Scope: oauth.Scope{"openid", "email"}}
	f.Fuzz(func(t *testing.T, document []byte) {
		got, _, err := identity.ParseRegistration(document)
		if err != nil {
			if code(err) != oauth.InvalidClientMetadata {
				t.Errorf("got %v", err)
			}
			return
		}
		written, err := json.Marshal(struct {
			ID string `json:"client_id,omitempty"`
			oauth.ClientMetadata
		}{got.ID, got.ClientMetadata})
		if err != nil {
			t.Fatal(err)
		}
		again, ignored, err := identity.ParseRegistration(written)
		again.Secret = got.Secret
		if err != nil || len(ignored) > 0 || !reflect.DeepEqual(normal(t, got), normal(t, again)) {
			t.Errorf("%s is read again as %+v, ignored %q, %v", written, again, ignored, err)
		}
		got.SectorIdentifierURI = "" // which would be fetched
		made, err := clients.Register(t.Context(), identity.OpenPermit(terms), got.ClientMetadata)
		if err != nil {
			if refused := code(err); refused != oauth.InvalidClientMetadata && refused != oauth.InvalidRedirectURI {
				t.Errorf("got %v", err)
			}
			return
		}
		if made.SkipConsent || made.WithoutPKCE || made.Resource != nil || made.Audience != nil || made.AllowedCORSOrigins != nil ||
			made.Allows(oauth.Password) || made.Allows(oauth.ClientCredentials) || !made.Scope.Within(terms.Scope) || len(made.RedirectURIs) == 0 {
			t.Errorf("%s became %+v", document, made.ClientMetadata)
		}
	})
}

// normal is the registration as JSON, where an empty list is none.
func normal(t *testing.T, r identity.Registration) string {
	t.Helper()
	text, err := json.Marshal(r.ClientMetadata)
	if err != nil {
		t.Fatal(err)
	}
	return r.ID + string(text)
}

func TestARegistrationNeedsAPermit(t *testing.T) {
	clients, _ := newClients(t)
	if _, err := clients.Register(t.Context(), identity.Permit{}, web()); err == nil {
		t.Error("the zero Permit registers")
	}
	operators, _ := register(t, clients, identity.Registration{ID: "app"})
	if _, err := clients.ReplaceOwn(t.Context(), operators, web()); err == nil {
		t.Error("a client of an operator replaces itself")
	}
}
