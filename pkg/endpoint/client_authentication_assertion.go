package endpoint

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// presentedAssertion reads the assertion of RFC 7523 §2.2, which names its client by
// itself; client_id may say the same.
func presentedAssertion(params oauth.Params) (credentials, error) {
	if kind := params.Get("client_assertion_type"); kind != oauth.ClientAssertionType { // RFC 7521 §4.2
		return credentials{}, oauth.InvalidRequest.Errorf("client_assertion_type must be %s", oauth.ClientAssertionType)
	}
	text, err := params.Require("client_assertion")
	if err != nil {
		return credentials{}, err
	}
	assertion, err := verify.ParseClientAssertion(text)
	if err != nil {
		return credentials{}, err
	}
	if id := params.Get("client_id"); id != "" && id != assertion.ClientID() {
		return credentials{}, oauth.InvalidClient.Errorf("client_id and the client_assertion name two clients")
	}
	return credentials{clientID: assertion.ClientID(), assertion: assertion, method: oauth.PrivateKeyJWT}, nil
}

// verifyAssertion says whether the client made the assertion, for us, for now and for
// this once. It is spent last, so that only the client can spend it. Nobody guesses a
// signature, so failures are not counted.
func (p *Provider) verifyAssertion(ctx context.Context, client oauth.Client, assertion verify.ClientAssertion) error {
	keys := p.clients.AssertionKeys(client, assertion.Alg())
	asserted, err := p.asserts.Verify(ctx, assertion, client, keys)
	if err != nil {
		return err
	}
	return p.issuer.UseAssertion(ctx, client, asserted)
}
