package issue

import (
	"context"
	"net/url"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// LogoutRequest is a valid logout request. Its only source is ParseLogout, so
// holding one means that the person may be sent to its Location.
type LogoutRequest struct {
	Client      oauth.Client // who asks; the zero Client when it does not say
	RedirectURI string       // where the person goes afterwards; "" when they stay here
	State       string

	hint idTokenHint // the zero hint when there was none
}

// ParseLogout checks a logout request (OpenID Connect RP-Initiated Logout §2). Every
// error is for the page: nobody is redirected on the word of a request that is wrong.
func (i *Issuer) ParseLogout(ctx context.Context, p oauth.Params) (LogoutRequest, error) {
	req := LogoutRequest{RedirectURI: p.Get("post_logout_redirect_uri"), State: p.Get("state")}
	if len(req.State) > maxStateBytes {
		return LogoutRequest{}, oauth.InvalidRequest.Errorf("parameter state is longer than %d bytes", maxStateBytes)
	}
	clientID := p.Get("client_id")
	if token := p.Get("id_token_hint"); token != "" {
		hint, err := i.openIDTokenHint(ctx, token)
		if err != nil {
			return LogoutRequest{}, err
		}
		if clientID != "" && clientID != hint.ClientID {
			return LogoutRequest{}, oauth.InvalidRequest.Errorf("parameter client_id is not the client of id_token_hint")
		}
		req.hint, clientID = hint, hint.ClientID
	}
	if clientID != "" {
		client, err := i.clients.Get(ctx, clientID)
		if refusal(err) {
			return LogoutRequest{}, oauth.InvalidRequest.Errorf("parameter client_id names no client: %w", err)
		}
		if err != nil {
			return LogoutRequest{}, err
		}
		req.Client = client
	}
	return req, checkPostLogoutRedirectURI(req)
}

// checkPostLogoutRedirectURI wants a URI that the client is registered with,
// compared as text (RP-Initiated Logout §2 and §3.1): anything else would make us a
// redirector for whoever writes a link.
func checkPostLogoutRedirectURI(req LogoutRequest) error {
	switch {
	case req.RedirectURI == "":
		return nil
	case req.Client.ID == "":
		return oauth.InvalidRequest.Errorf("parameter post_logout_redirect_uri needs id_token_hint or client_id beside it")
	case !slices.Contains(req.Client.PostLogoutRedirectURIs, req.RedirectURI):
		return oauth.InvalidRequest.Errorf("parameter post_logout_redirect_uri is not registered for the client")
	}
	return nil
}

// Location is where to send the person when they are signed out; "" when they stay
// (RP-Initiated Logout §3).
func (r LogoutRequest) Location() string {
	if r.RedirectURI == "" || r.State == "" {
		return r.RedirectURI
	}
	return withQuery(r.RedirectURI, url.Values{"state": {r.State}})
}

// Speaks reports whether the request's hint was given out in this session, so that
// it need not be confirmed: only the session's own clients have seen such a token. A
// request without one may come from anybody who can make a browser open a link.
func (i *Issuer) Speaks(ctx context.Context, req LogoutRequest, of identity.SignedIn) (bool, error) {
	if req.hint.SessionID == "" || of.ID == "" {
		return false, nil
	}
	sid, err := i.clients.SessionID(ctx, req.Client, of.ID)
	if err != nil {
		return false, err
	}
	subject, err := i.clients.Subject(ctx, req.Client, of.User.ID)
	return sid == req.hint.SessionID && subject == req.hint.Subject, err
}
