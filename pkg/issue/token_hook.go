package issue

import (
	"context"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// TokenHook is the operator's own word on tokens before they are made.
type TokenHook struct {
	// Ask returns the hook's answer; nil where there is no hook. It must end by itself.
	Ask func(context.Context, TokenQuestion) (TokenAnswer, error)

	// FailOpen is told why there was no answer that can be used, and tokens are made as
	// if there was no hook. Where it is nil they are not made.
	FailOpen func(context.Context, error)
}

// TokenQuestion is what a hook is asked: docs/token-hook.md.
type TokenQuestion struct {
	Version   int                 `json:"version"` // of this form: 1
	Issuer    string              `json:"iss"`
	GrantType oauth.GrantType     `json:"grant_type"`
	Tokens    []oauth.ClaimTarget `json:"tokens"` // which are about to be made
	Client    HookedClient        `json:"client"`
	Subject   string              `json:"sub"` // as the tokens say it
	User      *HookedUser         `json:"user,omitempty"`
	Scope     oauth.Scope         `json:"scope"`
	Audience  []string            `json:"aud"`
	AuthTime  int64               `json:"auth_time,omitempty"`
	ACR       string              `json:"acr,omitempty"`
	AMR       []string            `json:"amr,omitempty"`
}

// HookedClient is who gets the tokens.
type HookedClient struct {
	ID   string `json:"client_id"`
	Name string `json:"client_name,omitempty"`
}

// HookedUser is whom they are about. The hook is the operator's, so it is told who that
// is, whatever the client may know.
type HookedUser struct {
	ID         string          `json:"id"`
	Username   string          `json:"username"`
	Groups     []string        `json:"groups,omitempty"`
	Roles      []string        `json:"roles,omitempty"` // their own and those of their groups
	Attributes identity.Values `json:"attributes,omitempty"`
	oauth.StandardClaims
}

// HookTokens has a hook asked before tokens are made. It is called before anybody is
// served.
func (i *Issuer) HookTokens(hook TokenHook) { i.hook = hook }

// heard is what a hook has to say beside the approval that it may have narrowed.
type heard struct{ accessToken, idToken claims }

// askHook asks the hook, if there is one, and applies its answer: the scope may shrink,
// claims may be added, and the tokens may be refused. It runs before anything is written,
// so a refusal and an outage spend neither a code nor a refresh token.
func (i *Issuer) askHook(ctx context.Context, a Approval, subject string) (Approval, heard, error) {
	if i.hook.Ask == nil {
		return a, heard{}, nil
	}
	question, err := i.question(ctx, a, subject)
	if err != nil {
		return a, heard{}, err
	}
	answer, err := i.hook.Ask(ctx, question)
	if err == nil {
		err = answer.check(question)
	}
	switch {
	case ctx.Err() != nil: // nobody waits for the tokens any more
		return a, heard{}, ctx.Err()
	case err != nil && i.hook.FailOpen != nil:
		i.hook.FailOpen(ctx, err)
		return a, heard{}, nil
	case err != nil:
		return a, heard{}, oauth.TemporarilyUnavailable.Errorf("tokens cannot be made at the moment; try again later: %w", err)
	case answer.Deny != "":
		return a, heard{}, oauth.AccessDenied.Errorf("%s", answer.Deny)
	}
	a.Scope = slices.DeleteFunc(slices.Clone(a.Scope), answer.RemoveScope.Has)
	return a, heard{answer.AccessToken, answer.IDToken}, nil
}

func (i *Issuer) question(ctx context.Context, a Approval, subject string) (TokenQuestion, error) {
	q := TokenQuestion{
		Version: 1, Issuer: i.cfg.Issuer, GrantType: a.GrantType, Tokens: []oauth.ClaimTarget{oauth.InAccessToken},
		Client: HookedClient{a.Client.ID, a.Client.ClientName}, Subject: subject,
		Scope: a.Scope, Audience: a.Audience, ACR: a.ACR, AMR: a.AMR,
	}
	if a.Scope.Has(oauth.OpenID) {
		q.Tokens = append(q.Tokens, oauth.InIDToken)
	}
	if !a.AuthTime.IsZero() {
		q.AuthTime = a.AuthTime.Unix()
	}
	if a.User.ID == "" {
		return q, nil
	}
	roles, err := i.roles(ctx, a.User)
	q.User = &HookedUser{
		ID: a.User.ID, Username: a.User.Username, Groups: a.User.Groups, Roles: roles,
		Attributes: a.User.Attributes, StandardClaims: a.User.StandardClaims,
	}
	return q, err
}
