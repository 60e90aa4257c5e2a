package factor

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// RecordIn has what is decided about factors recorded in the trail, which may be nil.
func (f *Factors) RecordIn(trail *audit.Trail) { f.trail = trail }

// record says what happened to the person's factor of a kind.
func (f *Factors) record(ctx context.Context, what audit.Kind, userID, kind, object string) {
	f.trail.Record(ctx, audit.Event{
		Kind: what, Subject: userID, Actor: audit.Acting(ctx, audit.Person(userID)), Method: kind, Object: object,
	})
}

// tried makes an attempt at a factor of a kind, whose refusal is recorded.
func (f *Factors) tried(ctx context.Context, userID, kind, address string, try func(context.Context) error) error {
	attempt := f.people.TryCode
	if kind == recoveryKind {
		attempt = f.people.TryRecoveryCode
	}
	err := attempt(ctx, userID, address, try)
	f.refused(ctx, userID, kind, err)
	return err
}

// Refused records that a passkey was refused, if that is what the error says. Of one that
// was to say itself who it is, nobody can tell whose it is.
func (f *Factors) Refused(ctx context.Context, userID string, err error) {
	f.refused(ctx, userID, passkeyKind, err)
}

func (f *Factors) refused(ctx context.Context, userID, kind string, err error) {
	if oauth.InvalidGrant.In(err) {
		f.trail.Record(ctx, audit.Event{
			Kind: audit.FactorRefused, Outcome: audit.Refused, Subject: userID, Method: kind, Reason: err.Error(),
		})
	}
}
