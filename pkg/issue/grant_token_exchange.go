package issue

import (
	"context"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// tokenExchange gives a client the access token that another identity provider gave for
// the person of an access token of ours (RFC 8693 §2). audience names the provider.
//
// The client authenticates, and the token is its own: an API that was shown the person's
// token cannot have another one for it, nor can a thief.
type tokenExchange struct{ *Issuer }

// Approve hands out what is kept of the person, where an operator allowed the client to
// have it and the person agreed.
func (g tokenExchange) Approve(ctx context.Context, r Request) (Approval, error) {
	if r.Client.Public() {
		return Approval{}, oauth.UnauthorizedClient.Errorf("a client without credentials cannot exchange tokens")
	}
	provider, err := exchanged(r.Params)
	if err != nil {
		return Approval{}, err
	}
	if !slices.Contains(r.Client.ProviderTokens, provider) {
		return Approval{}, oauth.InvalidTarget.Errorf("the client may not have tokens of this provider")
	}
	t, err := g.subjectToken(ctx, r)
	if err != nil {
		return Approval{}, err
	}
	event := audit.Event{
		Kind: audit.ProviderTokenGiven, Actor: audit.Client(r.Client.ID), Subject: t.user.ID, Client: r.Client.ID, Object: provider,
	}
	given, err := g.upstream.Tokens(ctx, t.user.ID, provider)
	if upstream.NotRenewed(err) {
		event.Outcome, event.Reason = audit.Refused, "the provider renews it no more"
	}
	if err == nil || event.Outcome == audit.Refused {
		g.trail.Record(ctx, event)
	}
	if err != nil {
		return Approval{}, err
	}
	return Approval{Client: r.Client, User: t.user, made: g.foreign(given)}, nil
}

// exchanged returns the provider whose token is asked for, where everything else that was
// said can be done: what cannot is refused, for the answer would be another than asked.
func exchanged(params oauth.Params) (provider string, err error) {
	for _, name := range []string{"actor_token", "actor_token_type", "resource", "scope"} {
		if params.Has(name) {
			return "", oauth.InvalidRequest.Errorf("parameter %s is not supported in an exchange", name)
		}
	}
	kind, err := params.Require("subject_token_type")
	if err != nil {
		return "", err
	}
	wanted := params.Get("requested_token_type")
	if kind != oauth.TokenTypeAccessToken || wanted != "" && wanted != oauth.TokenTypeAccessToken {
		return "", oauth.InvalidRequest.Errorf("access tokens are exchanged for access tokens, and nothing else is")
	}
	return params.Require("audience")
}

// subjectToken judges the token of ours. Whatever is wrong with it is invalid_request, as
// it is a parameter here (RFC 8693 §2.2.2).
func (g tokenExchange) subjectToken(ctx context.Context, r Request) (live, error) {
	token, err := r.Params.Require("subject_token")
	if err != nil {
		return live{}, err
	}
	t, err := g.check(ctx, token)
	switch {
	case refusal(err):
		return live{}, oauth.InvalidRequest.Errorf("subject_token is not good, or no more: %w", err)
	case err != nil:
		return live{}, err
	case t.ClientID != r.Client.ID:
		return live{}, oauth.InvalidRequest.Errorf("subject_token is another client's")
	case !t.Scope.Has(oauth.ProviderTokens): // which no client is granted for itself
		return live{}, oauth.InvalidRequest.Errorf("subject_token was not granted %s by a person", oauth.ProviderTokens)
	}
	return t, nil
}

// foreign is the answer (RFC 8693 §2.2.1). The refresh token stays here: it is good for
// whoever has our secret at the provider, and nobody else has.
func (g tokenExchange) foreign(given upstream.Given) *TokenResponse {
	response := &TokenResponse{
		AccessToken: string(given.AccessToken), IssuedTokenType: oauth.TokenTypeAccessToken, TokenType: "Bearer",
	}
	response.Scope, _ = oauth.ParseScope(given.Scope) // of somebody else's making: what is none is left out
	if !given.Expires.IsZero() {
		response.ExpiresIn = max(int(given.Expires.Sub(g.now())/time.Second), 1)
	}
	return response
}
