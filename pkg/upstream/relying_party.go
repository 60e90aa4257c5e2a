package upstream

import (
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// RelyingParty is this provider in the part of a client of others (OpenID Connect Core
// §1.2).
type RelyingParty struct {
	Providers *Providers

	issuer    string
	state     store.Table
	users     *identity.Users
	sealer    *keys.Sealer
	ring      *keys.Ring
	client    *fetch.Client
	documents documents
	trail     *audit.Trail // nil where nothing is recorded
	now       func() time.Time
}

// New returns the relying party that answers under the issuer. users are who may sign
// in; durable keeps providers, state what is under way. What goes out goes by client.
func New(issuer string, users *identity.Users, durable, state store.Table, sealer *keys.Sealer, ring *keys.Ring, client *fetch.Client) *RelyingParty {
	return &RelyingParty{
		Providers: NewProviders(durable, sealer), issuer: issuer, state: state, users: users, sealer: sealer, ring: ring,
		client: client, documents: documents{client: client}, now: time.Now,
	}
}

// RecordIn has what is decided recorded in the trail. It is called before anybody is
// served.
func (r *RelyingParty) RecordIn(trail *audit.Trail) {
	r.trail = trail
	r.Providers.RecordIn(trail)
}

// RedirectURI is where a provider sends people back to. Each has one of its own, so that
// an answer says whose it is, whatever the answer itself says (RFC 9700 §4.4.2).
func RedirectURI(issuer, provider string) string {
	return issuer + "/upstream/" + provider + "/callback"
}

// LogoutURI is where a provider tells of sessions that have ended (Back-Channel Logout
// §2.2).
func LogoutURI(issuer, provider string) string { return issuer + "/upstream/" + provider + "/logout" }

// Failure says that a provider could not say who somebody is, or said what cannot be
// believed. To the person it makes no difference, and they can try another way.
type Failure struct {
	Provider Provider
	Err      error
}

// Error names the provider and the cause, for the log.
func (f *Failure) Error() string { return "upstream " + f.Provider.ID + ": " + f.Err.Error() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }
