package endpoint

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/journal"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// credentials are what a request says about its client, before any of it is
// believed.
type credentials struct {
	clientID  string
	secret    oauth.Secret
	assertion verify.ClientAssertion
	method    oauth.AuthMethod
}

// clientAuthMethods is the table of authentication methods that work. Discovery
// reads it.
func clientAuthMethods() []oauth.AuthMethod {
	return []oauth.AuthMethod{oauth.ClientSecretBasic, oauth.ClientSecretPost, oauth.PrivateKeyJWT, oauth.NoAuth}
}

// authenticate says which registered client is asking. Only the method that the
// client is registered for works (RFC 6749 §2.3, RFC 9700 §2.5).
func (p *Provider) authenticate(r *http.Request, params oauth.Params, e *journal.Entry) (oauth.Client, error) {
	presented, err := p.presented(r, params)
	if err != nil {
		return oauth.Client{}, challenged(err, presented.method)
	}
	e.Client = presented.clientID
	client, err := p.verifyClient(r.Context(), presented, inbound.Address(r))
	return client, challenged(err, presented.method)
}

func (p *Provider) verifyClient(ctx context.Context, presented credentials, address string) (oauth.Client, error) {
	client, err := p.clients.Get(ctx, presented.clientID)
	if err != nil {
		return oauth.Client{}, err
	}
	if client.TokenEndpointAuthMethod != presented.method {
		return oauth.Client{}, oauth.InvalidClient.Errorf("the client is registered for %s", client.TokenEndpointAuthMethod)
	}
	switch presented.method {
	case oauth.NoAuth:
		return client, nil
	case oauth.PrivateKeyJWT:
		return client, p.verifyAssertion(ctx, client, presented.assertion)
	}
	if err := p.lockout.Check(ctx, client.ID, address); err != nil {
		return oauth.Client{}, err
	}
	err = verify.ClientSecret(client, presented.secret, p.now())
	if oauth.InvalidClient.In(err) {
		err = errors.Join(err, p.lockout.Failed(ctx, client.ID, address))
	}
	return client, err
}

// presented reads the credentials from where they may stand, and refuses a
// request that brings them twice (RFC 6749 §2.3).
func (p *Provider) presented(r *http.Request, params oauth.Params) (credentials, error) {
	id, secret, basic, err := basicCredentials(r)
	inBody := credentials{clientID: params.Get("client_id"), secret: oauth.Secret(params.Get("client_secret")), method: oauth.NoAuth}
	asserted := params.Has("client_assertion") || params.Has("client_assertion_type")
	switch {
	case err != nil:
		return credentials{method: oauth.ClientSecretBasic}, err
	case basic && (inBody.secret != "" || asserted || inBody.clientID != "" && inBody.clientID != id), asserted && inBody.secret != "":
		return credentials{}, oauth.InvalidRequest.Errorf("two ways of client authentication in one request")
	case basic:
		return credentials{clientID: id, secret: secret, method: oauth.ClientSecretBasic}, nil
	case asserted:
		return presentedAssertion(params)
	case inBody.clientID == "" && inBody.secret != "":
		return credentials{}, oauth.InvalidRequest.Errorf("parameter client_id is missing")
	case inBody.clientID == "" && oauth.GrantType(params.Get("grant_type")) == oauth.Password && p.cfg.DefaultClient != "":
		inBody.clientID = p.cfg.DefaultClient
	case inBody.clientID == "":
		return credentials{}, oauth.InvalidClient.Errorf("the request names no client")
	}
	if inBody.secret != "" {
		inBody.method = oauth.ClientSecretPost
	}
	return inBody, nil
}

// basicCredentials reads the Authorization header, whose two parts are form-
// encoded before they are joined (RFC 6749 §2.3.1). An empty pair counts as none:
// that is what Swagger UI's authorise button sends when no client is typed in.
func basicCredentials(r *http.Request) (id string, secret oauth.Secret, ok bool, err error) {
	header := r.Header.Values("Authorization")
	if len(header) == 0 {
		return "", "", false, nil
	}
	scheme, encoded, _ := strings.Cut(header[0], " ")
	if len(header) > 1 || !strings.EqualFold(scheme, "Basic") {
		return "", "", false, oauth.InvalidClient.Errorf("the Authorization header is not HTTP Basic")
	}
	pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	rawID, rawSecret, colon := strings.Cut(string(pair), ":")
	if err != nil || !colon {
		return "", "", false, oauth.InvalidClient.Errorf("the Authorization header is malformed")
	}
	if rawID == "" && rawSecret == "" {
		return "", "", false, nil
	}
	id, errID := url.QueryUnescape(rawID)
	plain, errSecret := url.QueryUnescape(rawSecret)
	if errID != nil || errSecret != nil || id == "" || plain == "" {
		return "", "", false, oauth.InvalidClient.Errorf("the Authorization header is malformed")
	}
	return id, oauth.Secret(plain), true, nil
}

// challenged adds the challenge that a failed HTTP authentication must carry
// (RFC 6749 §5.2).
func challenged(err error, tried oauth.AuthMethod) error {
	if err != nil && tried == oauth.ClientSecretBasic && oauth.InvalidClient.In(err) {
		return challenge{err, `Basic realm="ostiary"`}
	}
	return err
}

// methodNames returns the table of methods without those in skip.
func methodNames(skip ...oauth.AuthMethod) []oauth.AuthMethod {
	return slices.DeleteFunc(clientAuthMethods(), func(m oauth.AuthMethod) bool { return slices.Contains(skip, m) })
}
