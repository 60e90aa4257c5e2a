package issue_test

import (
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Nobody registers such a client; one whose record was changed is refused, too.
func TestAPublicClientExchangesNothing(t *testing.T) {
	s := open(t)
	parts, err := issue.NewParts(s.cfg, s.users, s.state, s.sealer, s.ring)
	must(t, err)
	_, err = parts.Issuer.Grants()[oauth.TokenExchange].Approve(t.Context(), issue.Request{Client: oauth.Client{
		ID: spaID, ClientMetadata: oauth.ClientMetadata{TokenEndpointAuthMethod: oauth.NoAuth, ProviderTokens: []string{"there"}},
	}})
	if !oauth.UnauthorizedClient.In(err) {
		t.Errorf("got %v", err)
	}
}
