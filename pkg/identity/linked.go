package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Linked is who somebody is at another provider, by whose word they sign in. An issuer
// and its subject are the one name that a person has there (OpenID Connect Core §5.7).
type Linked struct {
	Issuer   string    `json:"iss"`
	Subject  string    `json:"sub"`
	Provider string    `json:"provider"`       // our ID of it, when it was linked
	Name     string    `json:"name,omitempty"` // what they were called there; proves nothing
	Since    time.Time `json:"since"`

	// Claims are what the provider said of them last, whose account it made; nil of one
	// that they have connected, for it does not say who they are here.
	Claims *oauth.StandardClaims `json:"claims,omitempty"`
}

// linkedPerson is what lies where an identity leads to its person.
type linkedPerson struct {
	UserID string `json:"user"`
}

const (
	linkedPrefix = "identity#"
	maxLinked    = 20 // of one person
)

// ID is what the records of the identity are called.
func (l Linked) ID() string {
	return store.Digest(l.Issuer, l.Subject)
}

func linkedKey(userID, id string) store.Key {
	return store.Key{Partition: Partition(userID), Sort: linkedPrefix + id}
}

func linkedPersonKey(id string) store.Key {
	return store.Key{Partition: linkedPrefix + id, Sort: "person"}
}

// ByLinked returns who signs in by the identity, or store.ErrNotFound. Both records must
// be there: one alone is what is left of a person who is no more.
func (u *Users) ByLinked(ctx context.Context, issuer, subject string) (User, error) {
	id := Linked{Issuer: issuer, Subject: subject}.ID()
	person, _, err := store.Load[linkedPerson](ctx, u.users, linkedPersonKey(id))
	if err != nil {
		return User{}, wrap("load linked person", err)
	}
	if _, err := u.users.Get(ctx, linkedKey(person.UserID, id)); err != nil {
		return User{}, wrap("load linked identity", err)
	}
	return u.Get(ctx, person.UserID)
}

// Linked returns the identities by which the person signs in, the oldest first.
func (u *Users) Linked(ctx context.Context, userID string) ([]Linked, error) {
	records, err := store.All(ctx, u.users, Partition(userID), linkedPrefix)
	if err != nil {
		return nil, fmt.Errorf("list linked identities: %w", err)
	}
	all := []Linked{}
	for _, record := range records {
		one, err := store.Decode[Linked](record)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b Linked) int { return a.Since.Compare(b.Since) })
	return all, nil
}

// AddLinked is Add of a person who signs in by the identity. All is written at once, so
// of two who come by it for the first time, one is added. The error wraps ErrTaken where
// the username, the sub or the identity is somebody's already.
func (u *Users) AddLinked(ctx context.Context, n NewUser, l Linked) (User, error) {
	if err := checkLinked(l); err != nil {
		return User{}, err
	}
	l.Claims = &n.StandardClaims
	added, err := u.add(ctx, n, audit.UserSignedUp, func(userID string) []store.Change {
		return []store.Change{
			store.Put(linkedPersonKey(l.ID()), linkedPerson{userID}).IfAbsent(),
			store.Put(linkedKey(userID, l.ID()), u.since(l)).IfAbsent(),
		}
	})
	if err == nil {
		u.recordLinked(ctx, audit.IdentityLinked, added.ID, l)
	}
	return added, err
}

// recordLinked records whose identity it is from now on, or is no more.
func (u *Users) recordLinked(ctx context.Context, kind audit.Kind, userID string, l Linked) {
	u.trail.Record(ctx, audit.Event{Kind: kind, Subject: userID, Object: l.Provider, Actor: audit.Acting(ctx, audit.Person(userID))})
}

func (u *Users) since(l Linked) Linked {
	l.Since = u.now().UTC()
	return l
}

func checkLinked(l Linked) error {
	if l.Issuer == "" || l.Subject == "" || len(l.Issuer) > 2048 || len(l.Subject) > 1024 {
		return oauth.InvalidRequest.Errorf("an identity is an issuer and a subject")
	}
	return nil
}

// TellLinked has a person hear that an identity elsewhere was connected, or taken away.
type TellLinked func(ctx context.Context, who User, connected bool) error

// NotifyLinkedBy has people told when an identity is connected with their account, or
// taken from it. It is called before anybody is served.
func (u *Users) NotifyLinkedBy(tell TellLinked) { u.tellLinked = tell }

// tellOnce returns what tells a person once, however often it is called. It is called
// before the write: see factor.Factors, whose changes people are told of likewise.
func (u *Users) tellOnce(connected bool) func(context.Context, User) error {
	told := u.tellLinked == nil
	return func(ctx context.Context, who User) error {
		if told {
			return nil
		}
		told = true
		return u.tellLinked(ctx, who, connected)
	}
}

// Link lets the person sign in by the identity. The error wraps ErrTaken where somebody
// else does; what is linked to the same person already stays as it is. What a person who
// is no more has left is taken over.
func (u *Users) Link(ctx context.Context, userID string, l Linked) error {
	if err := checkLinked(l); err != nil {
		return err
	}
	l.Claims = nil
	tell := u.tellOnce(true)
	for {
		var changed bool
		err := u.Beside(ctx, userID, func(ctx context.Context, who Standing) ([]store.Change, error) {
			changed = false
			if err := who.Here(); err != nil {
				return nil, err
			}
			standing, err := u.Linked(ctx, userID)
			if err != nil {
				return nil, err
			}
			if len(standing) >= maxLinked {
				return nil, oauth.InvalidRequest.Errorf("a person has at most %d linked identities", maxLinked)
			}
			lead, err := u.lead(ctx, userID, l)
			if err != nil || lead == nil {
				return nil, err
			}
			changed = true
			return []store.Change{*lead, store.Put(linkedKey(userID, l.ID()), u.since(l))}, tell(ctx, who.User)
		})
		if err == nil && changed {
			u.recordLinked(ctx, audit.IdentityLinked, userID, l)
		}
		if !outrun(err, linkedPersonKey(l.ID())) {
			return wrap("link identity", err)
		}
	}
}

// lead returns the change that has the identity lead to the person, nil where it does.
func (u *Users) lead(ctx context.Context, userID string, l Linked) (*store.Change, error) {
	key := linkedPersonKey(l.ID())
	put := store.Put(key, linkedPerson{userID})
	_, version, err := store.Load[linkedPerson](ctx, u.users, key)
	if isNotFound(err) {
		put = put.IfAbsent()
		return &put, nil
	}
	if err != nil {
		return nil, err
	}
	holder, err := u.ByLinked(ctx, l.Issuer, l.Subject)
	switch {
	case err == nil && holder.ID == userID:
		return nil, nil
	case err == nil:
		return nil, oauth.InvalidRequest.Errorf("somebody else signs in by this identity: %w", ErrTaken)
	case !isNotFound(err):
		return nil, err
	}
	put = put.IfVersion(version)
	return &put, nil
}

// ErrLastWay means that without it the person could not sign in any more.
var ErrLastWay = errors.New("identity: the last way to sign in")

// Unlink takes an identity from the person; store.ErrNotFound where they have none of
// this ID. others says whether they can sign in by something else that is not known here,
// such as a passkey; a password and other identities are. Of two who take the last two
// ways at once, whichever they are, one gets ErrLastWay: both write at the person's record,
// by Beside, and look before.
func (u *Users) Unlink(ctx context.Context, userID, id string, others func(context.Context) (bool, error)) error {
	var gone Linked
	tell := u.tellOnce(false)
	err := u.Beside(ctx, userID, func(ctx context.Context, who Standing) ([]store.Change, error) {
		standing, err := u.Linked(ctx, userID)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(standing, func(l Linked) bool { return l.ID() == id })
		if at < 0 {
			return nil, fmt.Errorf("linked identity: %w", store.ErrNotFound)
		}
		if len(standing) == 1 && !who.Password {
			if more, err := others(ctx); err != nil || !more {
				return nil, cmp.Or(err, errLastWay())
			}
		}
		gone = standing[at]
		return []store.Change{
			store.Delete(linkedKey(userID, id)), store.Delete(linkedPersonKey(id)), store.Delete(linkedTokensKey(userID, id)),
		}, tell(ctx, who.User)
	})
	if err == nil {
		u.recordLinked(ctx, audit.IdentityUnlinked, userID, gone)
	}
	return wrap("unlink identity", err)
}

// OtherWay is invalid_request, by ErrLastWay, where somebody can sign in by nothing that is
// known here, which they ask who are about to lose something else. It is to be asked within
// Beside, whose decision it is.
func (u *Users) OtherWay(ctx context.Context, who Standing) error {
	if who.Password {
		return nil
	}
	standing, err := u.Linked(ctx, who.User.ID)
	if err == nil && len(standing) == 0 {
		return errLastWay()
	}
	return err
}

func errLastWay() error {
	return oauth.InvalidRequest.Errorf("it is the last way to sign in: %w", ErrLastWay)
}

// unlinked are the changes that take all identities from a person who is deleted.
func (u *Users) unlinked(ctx context.Context, userID string) ([]store.Change, error) {
	standing, err := u.Linked(ctx, userID)
	var changes []store.Change
	for _, l := range standing {
		changes = append(changes, store.Delete(linkedKey(userID, l.ID())), store.Delete(linkedPersonKey(l.ID())),
			store.Delete(linkedTokensKey(userID, l.ID())))
	}
	return changes, err
}
