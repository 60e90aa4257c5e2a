package issue

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// Parts are what the doors of one issuer have in common. There is one Parts a
// process: its Users compute one password hash at a time, whichever door it is for.
type Parts struct {
	Config        config.Config
	State         store.Table
	Ring          *keys.Ring
	Sealer        *keys.Sealer
	Users         *identity.Users
	Clients       *identity.Clients
	ClientLockout *identity.ClientLockout
	Sessions      *identity.Sessions
	Factors       *factor.Factors
	Issuer        *Issuer
	Upstream      *upstream.RelyingParty
	Trail         *audit.Trail // nil where nothing is recorded
}

// NewParts returns the parts of the provider that cfg describes. users keeps what
// must last, state what passes.
func NewParts(cfg config.Config, users, state store.Table, sealer *keys.Sealer, ring *keys.Ring) (Parts, error) {
	if err := cfg.Validate(); err != nil {
		return Parts{}, err
	}
	if cfg.Issuer == "" {
		return Parts{}, config.Faults{"ISSUER is not set: the URL under which this provider is reached"}
	}
	lockout := identity.Lockout{
		Attempts: cfg.LockoutAttempts, AddressAttempts: cfg.LockoutAddressAttempts, Window: cfg.LockoutWindow,
	}
	p := Parts{
		Config: cfg, State: state, Ring: ring, Sealer: sealer,
		Users: identity.NewUsers(users, state, lockout), Clients: identity.NewClients(users, sealer),
		ClientLockout: identity.NewClientLockout(state, lockout),
	}
	p.Sessions = identity.NewSessions(state, p.Users, identity.SessionLimits{
		Idle: cfg.SessionIdleLifetime, Absolute: cfg.SessionLifetime,
	})
	p.Issuer = New(cfg, users, state, p.Users, p.Clients, p.Sessions, sealer, ring)
	p.Factors = p.Issuer.factors
	outward := fetch.ForIssuer(cfg.Issuer)
	p.Clients.FetchBy(func(ctx context.Context, uri string) ([]byte, error) {
		response, err := outward.Get(ctx, uri, "")
		return response.Body, err
	})
	p.Upstream = upstream.New(cfg.Issuer, p.Users, users, state, sealer, ring, outward)
	p.Issuer.upstream = p.Upstream
	return p, nil
}

// RecordIn has what the parts decide recorded in the trail. It is called before anybody
// is served.
func (p *Parts) RecordIn(trail *audit.Trail) {
	p.Trail = trail
	p.Ring.RecordIn(trail)
	p.Users.RecordIn(trail)
	p.Clients.RecordIn(trail)
	p.ClientLockout.RecordIn(trail)
	p.Sessions.RecordIn(trail)
	p.Issuer.RecordIn(trail)
	p.Upstream.RecordIn(trail)
}

// RecordIn has what the issuer decides recorded in the trail, which may be nil.
func (i *Issuer) RecordIn(trail *audit.Trail) {
	i.trail = trail
	i.factors.RecordIn(trail)
}
