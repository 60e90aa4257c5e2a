// Package admin answers "what may administrators do, and to whom?": every act of the
// Admin API and of the admin page, with the scope that it demands. It knows nothing of
// HTTP, and does nothing by itself: what an act changes is decided in packages identity,
// issue and keys, as for the command line.
//
// Two rules hold for every act. Who acts holds the act's scope, now. And nobody gives,
// changes or takes over what could do more than they may themselves: a person or a
// client that holds scopes which administer this provider is left alone by who does not
// hold them all. Otherwise one who looks after users would give the first administrator
// another password, and be that administrator.
package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// The scopes of acts, each of a resource and a verb.
const (
	AuditRead      = "admin:audit:read"
	ClientsRead    = "admin:clients:read"
	ClientsWrite   = "admin:clients:write"
	ConsentsRead   = "admin:consents:read"
	ConsentsWrite  = "admin:consents:write"
	GroupsRead     = "admin:groups:read"
	GroupsWrite    = "admin:groups:write"
	KeysRead       = "admin:keys:read"
	KeysWrite      = "admin:keys:write"
	ProvidersRead  = "admin:providers:read"
	ProvidersWrite = "admin:providers:write"
	SessionsRead   = "admin:sessions:read"
	SessionsWrite  = "admin:sessions:write"
	UsersRead      = "admin:users:read"
	UsersWrite     = "admin:users:write"
)

// Path is where the Admin API is, below the issuer.
const Path = "/admin/api"

// Desk is where administrators work.
type Desk struct {
	cfg      config.Config
	users    *identity.Users
	clients  *identity.Clients
	sessions *identity.Sessions
	issuer   *issue.Issuer
	ring     *keys.Ring
	factors  *factor.Factors
	upstream *upstream.RelyingParty
	trail    *audit.Trail
}

// New returns the desk of the provider that the parts are of.
func New(parts issue.Parts) *Desk {
	return &Desk{
		cfg: parts.Config, users: parts.Users, clients: parts.Clients, sessions: parts.Sessions,
		issuer: parts.Issuer, ring: parts.Ring, factors: parts.Factors, upstream: parts.Upstream, trail: parts.Trail,
	}
}

// Audience is the aud of tokens that open the Admin API.
func (d *Desk) Audience() string { return d.cfg.Issuer + Path }

// Caller is who acts, and what they may do at this moment. Its only sources are Bearer
// and Person.
type Caller struct {
	ClientID string // "" for a person at the admin page
	UserID   string // "" for a client that acts for itself
	Username string
	scope    oauth.Scope
}

// Bearer returns who holds an access token for the Admin API. What a client may do for a
// person is what the token, the client and the person's groups have in common now: see
// issue.Issuer.Admit.
func (d *Desk) Bearer(ctx context.Context, token string) (Caller, error) {
	bearer, err := d.issuer.Admit(ctx, token, d.Audience())
	if err == nil {
		err = d.provedEnough(ctx, bearer)
	}
	if err != nil {
		return Caller{}, err
	}
	return Caller{ClientID: bearer.Client.ID, UserID: bearer.User.ID, Username: bearer.User.Username, scope: bearer.Scope}, nil
}

// provedEnough holds a person who has a client act for them to what the admin page holds
// them to: a token, and the session that it came of, may be from before they had a second
// factor, or came into a group that demands one. It is insufficient_user_authentication
// (RFC 9470 §3) otherwise.
func (d *Desk) provedEnough(ctx context.Context, bearer issue.Bearer) error {
	if bearer.User.ID == "" {
		return nil
	}
	enough, err := d.issuer.Suffices(ctx, issue.AuthorizationRequest{}, oauth.Client{}, bearer.User, bearer.ACR)
	if err == nil && !enough {
		err = oauth.InsufficientUserAuthentication.Errorf("the person needs a second factor to administer, and the token comes of a sign-in without one")
	}
	return err
}

// Person returns who is signed in at the admin page.
func (d *Desk) Person(ctx context.Context, who identity.SignedIn) (Caller, error) {
	held, err := d.scopeOf(ctx, who.User)
	return Caller{UserID: who.User.ID, Username: who.User.Username, scope: held}, err
}

// scopeOf is what a person's groups let them administer.
func (d *Desk) scopeOf(ctx context.Context, user identity.User) (oauth.Scope, error) {
	groups, err := d.users.GroupsOf(ctx, user)
	var held oauth.Scope
	for _, group := range groups {
		held = append(held, group.Scope...)
	}
	return held, err
}

// Administers reports whether the caller may do anything here.
func (c Caller) Administers() bool { return slices.ContainsFunc(c.scope, oauth.Administers) }

// May returns insufficient_scope when the caller does not hold the scope.
func (c Caller) May(scope string) error {
	if scope == "" || !c.scope.Has(scope) {
		return oauth.InsufficientScope.Errorf("this needs the scope %s", scope)
	}
	return nil
}

// mayTouch returns insufficient_scope when somebody holds more of what administers this
// provider than the caller.
func (c Caller) mayTouch(held oauth.Scope) error {
	var more []string
	for _, token := range held {
		if oauth.Administers(token) && !c.scope.Has(token) && !slices.Contains(more, token) {
			more = append(more, token)
		}
	}
	if len(more) > 0 {
		return oauth.InsufficientScope.Errorf("whoever holds %s is changed by those alone who hold it, too", strings.Join(more, " "))
	}
	return nil
}

// Refused records that the caller wanted what they may not, if that is what the error
// says. The act is what the door calls it.
func (d *Desk) Refused(ctx context.Context, by Caller, act string, err error) {
	if !oauth.InsufficientScope.In(err) && !oauth.AccessDenied.In(err) {
		return
	}
	actor := audit.Person(by.UserID)
	if by.UserID == "" {
		actor = audit.Client(by.ClientID)
	}
	if d.users.TellsRefusal(ctx, "administration", string(actor.Type)+actor.ID) {
		d.trail.Record(ctx, audit.Event{
			Kind: audit.AdministrationRefused, Outcome: audit.Refused, Actor: actor, Subject: by.UserID, Client: by.ClientID,
			Object: act, Reason: issue.Expect(err).Description,
		})
	}
}

// begin tells the trail that the caller is about to do this, and returns the context in
// which they do: what cannot be told is not done (audit.Trail.Announce).
func (d *Desk) begin(ctx context.Context, by Caller, act string, about audit.Event) (context.Context, error) {
	ctx = audit.WithActor(ctx, audit.Administrator(cmp.Or(by.UserID, by.ClientID)))
	about.Subject, about.Client = short(about.Subject), short(about.Client)
	about.Object = short(strings.TrimSpace(act + " " + about.Object))
	return ctx, d.trail.Announce(ctx, about)
}

// short bounds a name that nobody has looked at yet: of what is about to be made. The trail
// could not keep a longer one, and what is wrong with it is for the act to say.
func short(name string) string { return name[:min(len(name), 255)] }
