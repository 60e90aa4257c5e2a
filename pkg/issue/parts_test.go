package issue_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/test/ring"
)

// TestO26WhateverTakesAClientInFetchesWhatItNames shows that the sector of a client is
// asked wherever clients are registered, an administrator's page among them, and never at
// an address of this machine from an issuer that is elsewhere.
func TestO26WhateverTakesAClientInFetchesWhatItNames(t *testing.T) {
	const uri = "https://rp.example.com/callback"
	asked := 0
	sector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_ = json.NewEncoder(w).Encode([]string{uri})
	}))
	t.Cleanup(sector.Close)
	for issuer, calls := range map[string]int{"http://localhost:8080": 1, "https://id.example.com": 0} {
		asked = 0
		folder := ring.Copy(t)
		cfg, err := config.FromMap(map[string]string{"ISSUER": issuer})
		must(t, err)
		sealer, keys := folder.Keys(t, folder.Users)
		parts, err := issue.NewParts(cfg, folder.Users, folder.State, sealer, keys)
		must(t, err)
		_, _, err = parts.Clients.Add(t.Context(), identity.Registration{ClientMetadata: oauth.ClientMetadata{
			RedirectURIs:          []string{uri},
			AuthorizationMetadata: oauth.AuthorizationMetadata{SubjectType: oauth.PairwiseSubject, SectorIdentifierURI: sector.URL},
		}})
		if (err == nil) != (calls == 1) || asked != calls {
			t.Errorf("%s: the sector was asked %d times, %v", issuer, asked, err)
		}
	}
}
