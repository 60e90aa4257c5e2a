package issue

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// PersonalData is all that lies with a person, for themselves to take away. It holds no
// secret: whoever finds the file can sign in with nothing that is in it.
type PersonalData struct {
	Issuer   string             `json:"issuer"`
	Made     time.Time          `json:"made"`
	Account  identity.User      `json:"account"`
	Password bool               `json:"has_password"`
	Factors  PersonalFactors    `json:"factors"`
	Linked   []identity.Linked  `json:"linked_identities"`
	Tokens   []PersonalTokens   `json:"tokens_of_other_providers,omitempty"`
	Sessions []identity.Session `json:"sessions"`
	Consents []ConsentRecord    `json:"consents"`
	Grants   []PersonalGrant    `json:"grants"`
}

// PersonalFactors are what a person can prove themselves by beside their password.
type PersonalFactors struct {
	Passkeys      []PersonalPasskey `json:"passkeys"`
	App           *factor.App       `json:"authenticator_app,omitempty"`
	RecoveryCodes int               `json:"recovery_codes_left"`
}

// PersonalPasskey is a passkey without its key: the device has the half that counts.
type PersonalPasskey struct {
	Name    string    `json:"name"`
	Synced  bool      `json:"synced"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
}

// PersonalTokens says that tokens of another provider are kept, and holds none.
type PersonalTokens struct {
	Provider string    `json:"provider"`
	Kept     time.Time `json:"kept"`
	Renewed  time.Time `json:"renewed,omitzero"`
	Expires  time.Time `json:"expires,omitzero"`
}

// PersonalGrant is what a client was given.
type PersonalGrant struct {
	ClientID string      `json:"client_id"`
	Scope    oauth.Scope `json:"scope"`
	Audience []string    `json:"audience"`
	Claims   []string    `json:"claims,omitempty"`
	Opened   time.Time   `json:"opened"`
	Used     time.Time   `json:"used"`
	Session  string      `json:"sid,omitempty"`
}

// PersonalData returns all that lies with the person.
func (i *Issuer) PersonalData(ctx context.Context, userID string) (PersonalData, error) {
	data := PersonalData{Issuer: i.cfg.Issuer, Made: i.now().UTC()}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return into(&data.Account)(i.users.Get(ctx, userID)) })
	group.Go(func() error { return into(&data.Password)(i.users.HasPassword(ctx, userID)) })
	group.Go(func() error { return into(&data.Linked)(i.users.Linked(ctx, userID)) })
	group.Go(func() error { return into(&data.Tokens)(i.personalTokens(ctx, userID)) })
	group.Go(func() error { return into(&data.Factors)(i.personalFactors(ctx, userID)) })
	group.Go(func() error { return into(&data.Sessions)(i.personalSessions(ctx, userID)) })
	group.Go(func() error { return into(&data.Consents)(i.Consents(ctx, userID)) })
	group.Go(func() error { return into(&data.Grants)(i.personalGrants(ctx, userID)) })
	err := group.Wait()
	if err == nil {
		i.trail.Record(ctx, audit.Event{
			Kind: audit.DataExported, Subject: userID, Object: "account", Actor: audit.Acting(ctx, audit.Person(userID)),
		})
	}
	return data, err
}

// into keeps what was read.
func into[T any](place *T) func(T, error) error {
	return func(read T, err error) error { *place = read; return err }
}

// personalSessions leaves out what another provider gave us for signing out there: with
// it one could pass for us.
func (i *Issuer) personalSessions(ctx context.Context, userID string) ([]identity.Session, error) {
	sessions, err := i.sessions.List(ctx, userID)
	for n := range sessions {
		if elsewhere := sessions[n].Elsewhere; elsewhere != nil {
			told := *elsewhere
			told.IDToken = nil
			sessions[n].Elsewhere = &told
		}
	}
	return sessions, err
}

func (i *Issuer) personalTokens(ctx context.Context, userID string) ([]PersonalTokens, error) {
	kept, err := i.users.LinkedTokens(ctx, userID)
	tokens := make([]PersonalTokens, len(kept))
	for n, each := range kept {
		tokens[n] = PersonalTokens{Provider: each.Provider, Kept: each.Kept, Renewed: each.Renewed, Expires: each.Expires}
	}
	return tokens, err
}

func (i *Issuer) personalGrants(ctx context.Context, userID string) ([]PersonalGrant, error) {
	found, err := i.grantsOf(ctx, userID, func(family) bool { return true })
	grants := make([]PersonalGrant, len(found))
	for n, f := range found {
		grants[n] = PersonalGrant{
			ClientID: f.ClientID, Scope: f.Scope, Audience: f.Audience, Claims: f.Claims.Names(),
			Opened: f.Opened, Used: f.Rotated, Session: f.SessionID,
		}
	}
	slices.SortFunc(grants, func(a, b PersonalGrant) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ClientID, b.ClientID))
	})
	return grants, err
}

func (i *Issuer) personalFactors(ctx context.Context, userID string) (PersonalFactors, error) {
	set, err := i.factors.Of(ctx, userID)
	factors := PersonalFactors{Passkeys: make([]PersonalPasskey, len(set.Passkeys)), App: set.App, RecoveryCodes: set.RecoveryCodes}
	for n, p := range set.Passkeys {
		factors.Passkeys[n] = PersonalPasskey{Name: p.Name, Synced: p.Synced, Created: p.Created, Used: p.Used}
	}
	return factors, err
}
