package identity_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestClaimsMappingKeepsToWhatIsSaidOfPeople(t *testing.T) {
	clients, _ := newClients(t)
	client := func(id string) identity.Registration {
		return identity.Registration{ID: id, ClientMetadata: oauth.ClientMetadata{RedirectURIs: []string{"https://app.example.com/"}}}
	}
	if _, _, err := clients.Add(t.Context(), client("standing")); err != nil {
		t.Fatal(err)
	}
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprintf(`{"claim":"c%d","value":1}`, i)
	}
	for name, c := range map[string]struct{ mapping, refused string }{
		"a rename":                           {`{"claim":"dept","from":"department"}`, ""},
		"a constant":                         {`{"claim":"tenant","value":{"id":[1,"a"]},"in":["access_token"]}`, ""},
		"an omission":                        {`{"claim":"email","omit":true,"in":["id_token","userinfo"]}`, ""},
		"a verification left out":            {`{"claim":"email_verified","omit":true}`, ""},
		"one here and another there":         {`{"claim":"a","value":1,"in":["id_token"]},{"claim":"a","value":2,"in":["userinfo"]}`, ""},
		"20 of them":                         {strings.Join(many[:20], ","), ""},
		"21 of them":                         {strings.Join(many, ","), "more than 20"},
		"two here":                           {`{"claim":"a","value":1,"in":["id_token"]},{"claim":"a","omit":true}`, "twice what a is in id_token"},
		"no name":                            {`{"value":1}`, "name"},
		"J40 a name with a quote":            {`{"claim":"a\"b","value":1}`, "name"},
		"no way":                             {`{"claim":"a"}`, "one of from, value and omit"},
		"two ways":                           {`{"claim":"a","value":1,"from":"b"}`, "one of from, value and omit"},
		"a way that is no word":              {`{"claim":"a","form":"b"}`, "one of from, value and omit"},
		"a place that is none":               {`{"claim":"a","omit":true,"in":["refresh_token"]}`, "in lists"},
		"a place twice":                      {`{"claim":"a","omit":true,"in":["id_token","id_token"]}`, "in lists"},
		"null":                               {`{"claim":"a","value":null}`, "claims_mapping[0].value must not be null"},
		"a long constant":                    {`{"claim":"a","value":"` + strings.Repeat("a", 1024) + `"}`, "longer than"},
		"J10 a member twice":                 {`{"claim":"a","value":{"a":1,"\u0061":2}}`, "repeated"}, // found by the document's own reader
		"a lie about an address":             {`{"claim":"email_verified","value":true}`, "cannot say what email_verified is"},
		"a lie by another claim":             {`{"claim":"phone_number_verified","from":"checked"}`, "cannot say"},
		"an issuer":                          {`{"claim":"iss","value":"https://evil.example.com"}`, "for the provider alone"},
		"J28 an issuer in another spelling":  {`{"claim":"ISS","value":"https://evil.example.com"}`, "for the provider alone"},
		"what the protocol says, as another": {`{"claim":"a","from":"sid"}`, "for the provider alone"},
		"no sub":                             {`{"claim":"sub","omit":true}`, "for the provider alone"},
	} {
		document := `{"redirect_uris":["https://app.example.com/"],"claims_mapping":[` + c.mapping + `]}`
		r, _, err := identity.ParseRegistration([]byte(document))
		if name == "J10 a member twice" || name == "null" {
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: got %v, want %q", name, err, c.refused)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r.ID = strings.ReplaceAll(name, " ", "-")
		_, _, added := clients.Add(t.Context(), r)
		_, updated := clients.Update(t.Context(), "standing", func(m *oauth.ClientMetadata) error { m.ClaimsMapping = r.ClaimsMapping; return nil })
		for _, err := range []error{added, updated} {
			if c.refused == "" && err != nil || c.refused != "" && (code(err) != oauth.InvalidClientMetadata || !strings.Contains(err.Error(), c.refused)) {
				t.Errorf("%s: got %v, want %q", name, err, c.refused)
			}
		}
	}
	twice := client("twice")
	twice.ClaimsMapping = []oauth.ClaimMapping{{Claim: "a", Value: json.RawMessage(`{"a":1,"\u0061":2}`)}}
	if _, _, err := clients.Add(t.Context(), twice); code(err) != oauth.InvalidClientMetadata {
		t.Errorf("a member twice: %v", err)
	}
}

// What an operator has a client told is not the client's to change, nor to begin with.
func TestO26MappingsAreNotForWhoRegistersThemselves(t *testing.T) {
	clients, _ := newClients(t)
	terms := oauth.RegistrationTerms{Scope: oauth.Scope{"openid"}}
	mapping := []oauth.ClaimMapping{{Claim: "groups", Value: json.RawMessage(`["administrators"]`)}}
	m := oauth.ClientMetadata{RedirectURIs: []string{"https://app.example.com/"}, ClaimsMapping: mapping}
	made, err := clients.Register(t.Context(), identity.OpenPermit(terms), m)
	if err != nil || made.ClaimsMapping != nil {
		t.Fatalf("registered with %v, %v", made.ClaimsMapping, err)
	}
	replaced, err := clients.ReplaceOwn(t.Context(), made.Client, m)
	if err != nil || replaced.ClaimsMapping != nil {
		t.Errorf("replaced by %v, %v", replaced.ClaimsMapping, err)
	}
	ours := []oauth.ClaimMapping{{Claim: "tenant", Value: json.RawMessage(`"red"`)}}
	if _, err := clients.Update(t.Context(), made.ID, func(m *oauth.ClientMetadata) error { m.ClaimsMapping = ours; return nil }); err != nil {
		t.Fatal(err)
	}
	replaced, err = clients.ReplaceOwn(t.Context(), made.Client, m)
	if diff := cmp.Diff(ours, replaced.ClaimsMapping); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// A token by which strangers register must not make a machine that administers.
func TestO26NobodyRegistersThemselvesToAdminister(t *testing.T) {
	clients, _ := newClients(t)
	terms := oauth.RegistrationTerms{Scope: oauth.Scope{"openid", "admin:users:write"}, GrantTypes: []oauth.GrantType{oauth.ClientCredentials}}
	if _, _, err := clients.AddRegistrationToken(t.Context(), terms, 1, time.Hour); code(err) != oauth.InvalidRequest {
		t.Errorf("got %v", err)
	}
}
