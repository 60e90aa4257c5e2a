package issue

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// The provider's own pages that are for people who are signed in. They are reached by
// an authorization request, as any client is, so that single sign-on, the choice of an
// account, further factors and max_age need no second way; and then by the session's
// cookie. No code is made for them, so there is nothing that a token could be had for.
const (
	AccountClient = identity.AccountClient
	AdminClient   = identity.AdminClient
)

// IsOwnClient reports whether the client is pages of the provider.
func IsOwnClient(clientID string) bool { return identity.IsOwnClient(clientID) }

// Client returns the client with this ID, be it registered or pages of the provider.
func (i *Issuer) Client(ctx context.Context, id string) (oauth.Client, error) {
	if !IsOwnClient(id) {
		return i.clients.Get(ctx, id)
	}
	client := oauth.Client{ID: id}
	client.RedirectURIs = []string{i.ownURI(id)}
	client.GrantTypes = []oauth.GrantType{oauth.AuthorizationCode}
	client.TokenEndpointAuthMethod = oauth.NoAuth
	client.SkipConsent, client.WithoutConfirmation = true, true // it gets nothing
	return client, nil
}

// ownURI is where the pages are.
func (i *Issuer) ownURI(id string) string {
	return i.cfg.Issuer + map[string]string{AccountClient: "/account", AdminClient: "/admin"}[id]
}

// OwnRequest is the request by which a person comes to a page of ours, which is what
// follows /account or /admin in its path. Where maxAge is not nil they must have proved
// who they are no longer ago than that, in seconds.
func (i *Issuer) OwnRequest(id, page string, maxAge *int) AuthorizationRequest {
	return AuthorizationRequest{ClientID: id, RedirectURI: i.ownURI(id), State: page, MaxAge: maxAge}
}

// OwnPage is where a person is led whose request for a page of ours is answered.
func OwnPage(req AuthorizationRequest) string { return req.RedirectURI + req.State }

// ownClientChecks is all that a request for a page of ours must hold. The page itself is
// in state. Whatever fails is a page: redirect_uri, from which on failures travel, comes
// last, and nothing else is read, so it can neither fail nor weaken anything.
func (i *Issuer) ownClientChecks() []authorizationCheck {
	return []authorizationCheck{
		{"client_id", i.checkOwnClientID},
		{"state", checkOwnPage},
		{"response_type", checkResponseType},
		{"prompt", i.checkOwnPrompt},
		{"max_age", checkMaxAge},
		{"acr_values", checkACRValues},
		{"display", checkHints},
		{"redirect_uri", checkRedirectURI}, // byte for byte, as for everybody: RFC 9700 §2.1
	}
}

func (i *Issuer) checkOwnClientID(ctx context.Context, d *draft) (err error) {
	d.client, err = i.Client(ctx, d.params.Get("client_id"))
	d.request.ClientID, d.request.ResponseMode = d.client.ID, oauth.Query
	return err
}

// checkOwnPrompt refuses none, for there is no client that could be told what is
// missing, and consent, for nothing is given.
func (i *Issuer) checkOwnPrompt(ctx context.Context, d *draft) error {
	if err := i.checkPrompt(ctx, d); err != nil {
		return err
	}
	for _, prompt := range []oauth.Prompt{oauth.PromptNone, oauth.PromptConsent} {
		if d.request.prompts(prompt) {
			return oauth.InvalidRequest.Errorf("parameter prompt cannot be %s for this client", prompt)
		}
	}
	return nil
}

// checkOwnPage takes a path below the redirect URI. What is appended there leads to no
// other host, since the URI has a path already; and a path without dot segments, as
// browsers read them, to none of our other doors (open redirect: RFC 9700 §4.11.2).
func checkOwnPage(ctx context.Context, d *draft) error {
	if err := checkState(ctx, d); err != nil {
		return err
	}
	if page := d.request.State; page != "" && !isOwnPage(page) {
		return oauth.InvalidRequest.Errorf("parameter state is no page of this client")
	}
	return nil
}

func isOwnPage(path string) bool {
	segments := strings.Split(path, "/")
	return segments[0] == "" && len(segments) > 1 && !slices.ContainsFunc(segments[1:], func(segment string) bool {
		read, err := url.PathUnescape(segment)
		return err != nil || read == "" || strings.ContainsFunc(segment, notInSegment) || goesUp(read)
	})
}

// goesUp is true of a segment that is one of dots, or becomes one for whoever takes an
// encoded slash for a slash.
func goesUp(segment string) bool {
	parts := strings.FieldsFunc(segment, func(r rune) bool { return r == '/' || r == '\\' })
	return slices.Contains(parts, ".") || slices.Contains(parts, "..")
}

// notInSegment is true of what cannot stand in a segment of a path as it is (RFC 3986
// §3.3), but for the sub-delimiters that a page of ours has no use for.
func notInSegment(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~%@:", r)
}
