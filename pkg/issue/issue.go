// Package issue answers "what may they have?": it judges what a client presents
// at the authorization and token endpoints, mints tokens, and says whether one that
// it minted is still good. It knows nothing of HTTP, and every race in it is decided
// by one conditional write.
//
// The path of an authorization request is ParseAuthorizationRequest (a table of
// checks), Next until it says Done, and Authorize; where a person must be asked, it
// waits as an Interaction. The path of a token request is Grants (the table of grant
// types), a Grant's Approve (one file each), and Mint.
package issue

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// Issuer grants and mints under one issuer identifier.
type Issuer struct {
	cfg      config.Config
	durable  store.Table
	state    store.Table
	users    *identity.Users
	clients  *identity.Clients
	sessions *identity.Sessions
	outbox   *outbox.Outbox
	factors  *factor.Factors
	sealer   *keys.Sealer
	ring     *keys.Ring
	trail    *audit.Trail
	notices  Notices
	hook     TokenHook
	upstream *upstream.RelyingParty // keeps tokens of other providers; nil where none are exchanged
	signers  signers
	blocks   statusBlocks
	lists    statusLists
	now      func() time.Time
}

// New returns the issuer that cfg describes. durable keeps consents; state keeps
// interactions, codes, grants, revoked tokens and what clients are still to be told;
// sealer seals what must be read again in clear.
func New(cfg config.Config, durable, state store.Table, users *identity.Users, clients *identity.Clients,
	sessions *identity.Sessions, sealer *keys.Sealer, ring *keys.Ring,
) *Issuer {
	return &Issuer{
		cfg: cfg, durable: durable, state: state, users: users, clients: clients, sessions: sessions,
		outbox: outbox.Open(state), factors: factor.Open(durable, users, sealer), sealer: sealer, ring: ring, now: time.Now,
	}
}

// Request is what an authenticated client presents at the token endpoint.
type Request struct {
	Client  oauth.Client
	Params  oauth.Params
	Address string // where it came from, as the network says; for counting attempts
}

// Approval is what a request was found to deserve.
type Approval struct {
	Client    oauth.Client
	User      identity.User // the zero User when the client acts for itself
	Scope     oauth.Scope
	Audience  []string
	AuthTime  time.Time       // when the person signed in
	GrantType oauth.GrantType // by which it was asked for, for the hook

	GrantID string // the grant that the tokens belong to; empty when the client acts for itself

	SessionID string        // sid of the sign-in in a browser that led here, if one did
	Nonce     string        // of the authorization request; in its first id_token only
	ACR       string        // how well the person proved who they are
	AMR       []string      // by what
	Claims    ClaimsRequest // asked for by name

	RefreshToken oauth.Secret // to hand out beside the access token, if any

	made   *TokenResponse // what somebody else has made; nothing is minted then
	commit commit
	status statusIndex // of the grant; 0 for none
}

// commit writes what an approval rests on, if anything: a code is spent, a refresh
// token rotated, a grant opened. Mint calls it when the tokens are made and before
// anybody has them, so that an outage of the signing keys spends nothing.
type commit func(context.Context) error

// Grant judges one kind of thing that a client can present. Before Approve is
// called the client is authenticated and known to be registered for the grant
// type; an Approve need not check that again.
type Grant interface {
	Approve(ctx context.Context, r Request) (Approval, error)
}

// Grants is the table of grant types that work. Discovery reads it.
func (i *Issuer) Grants() map[oauth.GrantType]Grant {
	grants := map[oauth.GrantType]Grant{
		oauth.AuthorizationCode: authorizationCode{i},
		oauth.ClientCredentials: clientCredentials{i},
		oauth.RefreshToken:      refreshToken{i},
		oauth.Password:          password{i},
	}
	if i.upstream != nil {
		grants[oauth.TokenExchange] = tokenExchange{i}
	}
	return grants
}

// grantScope decides the scope: what was asked for, if the client is registered
// for all of it, else what it is registered for (RFC 6749 §3.3).
func grantScope(r Request) (oauth.Scope, error) {
	asked, err := oauth.ParseScope(r.Params.Get("scope"))
	if err != nil {
		return nil, err
	}
	if len(asked) == 0 {
		return r.Client.Scope, nil
	}
	if !asked.Within(r.Client.Scope) {
		return nil, oauth.InvalidScope.Errorf("the client is not registered for all of this scope")
	}
	return asked, nil
}

// audience decides aud: the resource asked for, if the client may have it, else
// the default (RFC 8707 §2, RFC 9068 §3); and the issuer as well where the token
// opens userinfo.
func (i *Issuer) audience(r Request, scope oauth.Scope) ([]string, error) {
	audience := []string{i.defaultAudience()}
	if resource := r.Params.Get("resource"); resource != "" {
		if resource != audience[0] && !slices.Contains(r.Client.Audience, resource) {
			return nil, oauth.InvalidTarget.Errorf("the client may not ask for this resource")
		}
		audience[0] = resource
	}
	if scope.Has(oauth.OpenID) && !slices.Contains(audience, i.cfg.Issuer) {
		audience = append(audience, i.cfg.Issuer)
	}
	return audience, nil
}

// mayHave reports whether the client may have tokens for all of an audience that it was
// granted, still.
func (i *Issuer) mayHave(client oauth.Client, audience []string) bool {
	return !slices.ContainsFunc(audience, func(a string) bool {
		return a != i.defaultAudience() && a != i.cfg.Issuer && !slices.Contains(client.Audience, a)
	})
}

func (i *Issuer) defaultAudience() string {
	if i.cfg.DefaultAudience != "" {
		return i.cfg.DefaultAudience
	}
	return i.cfg.Issuer
}

// newID returns an identifier with 130 random bits.
func newID() string { return rand.Text() }
