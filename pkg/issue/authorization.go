package issue

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// AuthorizationRequest is a valid authorization request (OpenID Connect Core
// §3.1.2.1). Its only source is ParseAuthorizationRequest, so holding one means
// that every check passed. It can be kept as JSON.
type AuthorizationRequest struct {
	ClientID      string             `json:"client_id"`
	RedirectURI   string             `json:"redirect_uri"`
	ResponseMode  oauth.ResponseMode `json:"response_mode"`
	State         string             `json:"state,omitempty"`
	Nonce         string             `json:"nonce,omitempty"`
	CodeChallenge string             `json:"code_challenge,omitempty"` // by S256
	Scope         oauth.Scope        `json:"scope"`
	Audience      []string           `json:"audience"`
	Prompt        []oauth.Prompt     `json:"prompt,omitempty"`
	MaxAge        *int               `json:"max_age,omitempty"` // seconds
	ACRValues     []string           `json:"acr_values,omitempty"`
	UILocales     []string           `json:"ui_locales,omitempty"`
	Display       string             `json:"display,omitempty"`
	LoginHint     string             `json:"login_hint,omitempty"`
	ProviderHint  string             `json:"idp_hint,omitempty"` // the other provider that the client would like people to sign in by
	Claims        ClaimsRequest      `json:"claims,omitzero"`

	// HintSubject is the sub of the only person who may answer, "" for anybody: from
	// id_token_hint, or a value asked for in the claims parameter.
	HintSubject string `json:"hint_subject,omitempty"`
}

// Refusal is why an authorization request, whose client and redirect URI are to be
// trusted, fails. It travels to the redirect URI; see Refuse.
type Refusal struct {
	Request AuthorizationRequest // as far as it was read
	Err     error
}

// Error is the error of the cause.
func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// draft is a request on its way through the checks.
type draft struct {
	params  oauth.Params
	client  oauth.Client
	request AuthorizationRequest
}

// authorizationCheck reads one parameter, with what belongs to it, into the
// request.
type authorizationCheck struct {
	parameter string
	apply     func(context.Context, *draft) error
}

// authorizationChecks is all that an authorization request must hold, in order.
// Parameters that are not named here are ignored (RFC 6749 §3.1).
func (i *Issuer) authorizationChecks() []authorizationCheck {
	return []authorizationCheck{
		{"client_id", i.checkClientID},
		{"state", checkState},
		// In a mode that is not understood no error can travel (OpenID Connect Core
		// §3.1.2.6): the answer is a page, of status 400.
		{"response_mode", checkResponseMode},
		{"redirect_uri", checkRedirectURI},
		// Before here nobody is to be trusted with an answer but the person, who sees a
		// page (RFC 6749 §4.1.2.1, RFC 9700 §4.11.2). After it, every failure travels to
		// the redirect URI.
		{"request", refuseParameter("request", oauth.RequestNotSupported)},                // OpenID Connect Core §3.1.2.6
		{"request_uri", refuseParameter("request_uri", oauth.RequestURINotSupported)},     // the same
		{"registration", refuseParameter("registration", oauth.RegistrationNotSupported)}, // the same
		{"response_type", checkResponseType},
		{"code_challenge", checkCodeChallenge},
		{"nonce", checkNonce},
		{"prompt", i.checkPrompt},
		{"scope", checkScope},
		{"resource", i.checkResource},
		{"max_age", checkMaxAge},
		{"claims", i.checkClaims},
		{"acr_values", checkACRValues},
		{"id_token_hint", i.checkIDTokenHint},
		{"display", checkHints}, // and login_hint and ui_locales, which oblige to nothing
	}
}

// ParseAuthorizationRequest applies every check. An error from before the client
// and its redirect URI are known is for the person alone; any later one is a
// *Refusal.
func (i *Issuer) ParseAuthorizationRequest(ctx context.Context, p oauth.Params) (AuthorizationRequest, oauth.Client, error) {
	d := draft{params: p}
	checks := i.authorizationChecks()
	if IsOwnClient(p.Get("client_id")) {
		checks = i.ownClientChecks()
	}
	for _, check := range checks {
		err := check.apply(ctx, &d)
		switch {
		case err == nil:
		case d.request.RedirectURI == "":
			return AuthorizationRequest{}, d.client, err
		default:
			return AuthorizationRequest{}, d.client, &Refusal{d.request, err}
		}
	}
	return d.request, d.client, nil
}
