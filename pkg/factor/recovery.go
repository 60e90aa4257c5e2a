package factor

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// A person has ten recovery codes, each of 80 random bits in four groups. They are
// hashed once and not stretched: nobody guesses 80 bits.
const (
	recoveryCodes  = 10
	recoveryLength = 16
	recoveryGroup  = 4
)

// recoveryRecord is what lies with the person.
type recoveryRecord struct {
	Hashes  [][]byte  `json:"hashes"` // of those that are left
	Created time.Time `json:"created"`
}

// recoveryHash binds a code to its person, so that no guess is about everybody's.
func recoveryHash(userID, code string) []byte {
	sum := sha256.Sum256([]byte("recovery code\x00" + userID + "\x00" + code))
	return sum[:]
}

// NewRecoveryCodes returns new recovery codes, in place of all before them. This is the
// only time that anybody sees them.
func (f *Factors) NewRecoveryCodes(ctx context.Context, userID string) ([]oauth.Secret, error) {
	return f.recoveryCodes(ctx, userID, CodesMade, false)
}

// FirstRecoveryCodes is NewRecoveryCodes of somebody who has just added a factor, of which
// they were told: it returns none where they have some.
func (f *Factors) FirstRecoveryCodes(ctx context.Context, userID string) ([]oauth.Secret, error) {
	return f.recoveryCodes(ctx, userID, "", true)
}

func (f *Factors) recoveryCodes(ctx context.Context, userID string, what Change, first bool) ([]oauth.Secret, error) {
	codes := make([]oauth.Secret, recoveryCodes)
	kept := recoveryRecord{Created: f.now().UTC()}
	for i := range codes {
		text := rand.Text()[:recoveryLength]
		kept.Hashes = append(kept.Hashes, recoveryHash(userID, text))
		groups := slices.Collect(slices.Chunk([]byte(text), recoveryGroup))
		codes[i] = oauth.Secret(bytes.Join(groups, []byte("-")))
	}
	made, err := f.change(ctx, userID, what, func(_ context.Context, who identity.Standing, set Set) ([]store.Change, error) {
		if first && set.RecoveryCodes > 0 {
			return nil, nil
		}
		return []store.Change{store.Put(keyOf(userID, recoveryKind), kept)}, who.Here()
	})
	if err != nil {
		return nil, fmt.Errorf("keep recovery codes: %w", err)
	}
	if !made {
		return nil, nil
	}
	f.record(ctx, audit.RecoveryCodesMade, userID, recoveryKind, "")
	return codes, nil
}

// SpendRecoveryCode takes one of the person's recovery codes, which is good once: of any
// number who send it at the same time, one is let in.
func (f *Factors) SpendRecoveryCode(ctx context.Context, userID, code, address string) error {
	return f.tried(ctx, userID, recoveryKind, address, func(ctx context.Context) error {
		hash := recoveryHash(userID, recoveryText(code))
		for {
			kept, version, err := store.Load[recoveryRecord](ctx, f.users, keyOf(userID, recoveryKind))
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("load recovery codes: %w", err)
			}
			at := slices.IndexFunc(kept.Hashes, func(h []byte) bool { return bytes.Equal(h, hash) })
			if at < 0 { // what is compared are hashes, whose beginnings tell nothing
				return refused(ErrWrong)
			}
			kept.Hashes = slices.Delete(kept.Hashes, at, at+1)
			err = f.users.Write(ctx, store.Put(keyOf(userID, recoveryKind), kept).IfVersion(version))
			if err == nil {
				f.record(ctx, audit.RecoveryCodeUsed, userID, recoveryKind, "")
			}
			if _, ok := conflict(err); !ok {
				return err
			}
		}
	})
}

// recoveryText is a code as it was made, however it was typed. The alphabet (RFC 4648
// §6) has no 0, 1 and 8.
func recoveryText(code string) string {
	code = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '\u2010' || r == '\u2013' {
			return -1
		}
		return unicode.ToUpper(r)
	}, code)
	return strings.NewReplacer("0", "O", "1", "I", "8", "B").Replace(code)
}

// RemoveRecoveryCodes takes the person's recovery codes away, if they have any.
func (f *Factors) RemoveRecoveryCodes(ctx context.Context, userID string) error {
	made, err := f.change(ctx, userID, CodesRemoved, func(_ context.Context, _ identity.Standing, set Set) ([]store.Change, error) {
		if set.RecoveryCodes == 0 {
			return nil, nil
		}
		return []store.Change{store.Delete(keyOf(userID, recoveryKind))}, nil
	})
	if made {
		f.record(ctx, audit.FactorRemoved, userID, recoveryKind, "")
	}
	return err
}
