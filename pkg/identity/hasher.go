package identity

import (
	"context"
	"sync/atomic"

	"github.com/ostiary-auth/ostiary/pkg/kept"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// hasher computes one password hash at a time. A hash takes 19 MiB and a whole
// core; in parallel, a few strangers would exhaust the memory of a Lambda. The
// price is that sign-ins queue up, until their deadlines.
type hasher struct {
	turn  kept.Turn
	calls atomic.Int64
	level *level
}

func newHasher(l *level) *hasher { return &hasher{turn: kept.NewTurn(), level: l} }

// typed is a password as it came, which hashes from elsewhere are of, and prepared, as
// ours are.
type typed struct{ raw, prepared string }

// verdict is what comes of comparing a password with a hash.
type verdict struct {
	match   bool
	weak    bool   // a new hash would cost more
	renewed string // the password's new hash, where it was made already
}

// hash makes a new hash of a prepared password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	made := newArgon2id()
	sum, err := h.compute(ctx, made, password)
	if err != nil {
		return "", err
	}
	made.sum = sum
	return made.String(), nil
}

// verify compares the password with a hash. An empty one, of somebody unknown or
// without a password, costs the same; it stands for a sum of zeros, which no password
// has. Where hashes were imported everybody has one of ours and one of theirs computed.
func (h *hasher) verify(ctx context.Context, hash string, password typed) (verdict, error) {
	costliest, err := h.level.costliest(ctx)
	if err != nil {
		return verdict{}, err
	}
	imported, err := parseImported(hash)
	if err != nil {
		return verdict{}, err
	}
	if imported != nil {
		return h.verifyImported(ctx, imported, password)
	}
	if costliest != nil {
		if _, err := h.matches(ctx, costliest, password.raw); err != nil {
			return verdict{}, err
		}
	}
	kept := newArgon2id()
	if hash != "" {
		if kept, err = parseArgon2id(hash); err != nil {
			return verdict{}, err
		}
	}
	sum, err := h.compute(ctx, kept, password.prepared)
	return verdict{match: kept.equal(sum), weak: kept.weak()}, err
}

// verifyImported makes our hash of the password, right or wrong: right, it is the one
// to keep from now on, and wrong, it takes the time that it takes those who have ours.
func (h *hasher) verifyImported(ctx context.Context, imported importedHash, password typed) (verdict, error) {
	match, err := h.matches(ctx, imported, password.raw)
	if err != nil {
		return verdict{}, err
	}
	renewed, err := h.hash(ctx, password.prepared)
	return verdict{match: match, weak: true, renewed: renewed}, err
}

func (h *hasher) matches(ctx context.Context, imported importedHash, password string) (match bool, err error) {
	err = h.alone(ctx, func() { match = imported.matches(password) })
	return match, err
}

func (h *hasher) compute(ctx context.Context, a argon2id, password string) (sum []byte, err error) {
	err = h.alone(ctx, func() { sum = a.compute(password) })
	return sum, err
}

// alone computes a hash when nobody else does.
func (h *hasher) alone(ctx context.Context, compute func()) error {
	if err := h.turn.Enter(ctx); err != nil {
		return oauth.TemporarilyUnavailable.Errorf("too many sign-ins at once: %w", err)
	}
	defer h.turn.Leave()
	h.calls.Add(1)
	compute()
	return nil
}
