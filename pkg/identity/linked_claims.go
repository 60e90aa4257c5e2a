package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Follow takes over what a provider says of a person now, whose account it made, and
// returns them. A claim follows as long as it says here what the provider said last; what
// was changed here stays, and so does what the provider leaves out. A confirmed address
// gives way to another confirmed one alone, which nobody else has, and is told so. The
// username stays.
func (u *Users) Follow(ctx context.Context, user User, l Linked) (User, error) {
	key := linkedKey(user.ID, l.ID())
	last, version, err := store.Load[Linked](ctx, u.users, key)
	if isNotFound(err) || err == nil && (last.Claims == nil || l.Claims == nil) {
		return user, nil
	}
	if err != nil {
		return User{}, wrap("load linked identity", err)
	}
	said, before := membersOf(*l.Claims), membersOf(*last.Claims)
	if !differs(said, before) {
		return user, nil
	}
	allowed, err := u.allowed(ctx, user, said)
	if err != nil {
		return User{}, err
	}
	if follow(membersOf(user.StandardClaims), before, allowed) != nil {
		user, err = u.follow(ctx, user, l.Provider, before, allowed)
	}
	if err != nil {
		return User{}, err
	}
	maps.Copy(before, said)
	claims, err := claimsOf(before)
	if err != nil {
		return User{}, err
	}
	last.Claims = &claims
	err = u.users.Write(ctx, store.Put(key, last).IfVersion(version))
	if errors.As(err, new(*store.Conflict)) {
		return user, nil // the same person in another window has done it, or taken the identity away
	}
	return user, wrap("keep what was said", err)
}

// allowed leaves an address out that somebody else has confirmed, or is called by. Of an
// unconfirmed one nobody is looked up: a provider could find out who is here.
func (u *Users) allowed(ctx context.Context, user User, said members) (members, error) {
	claims, err := claimsOf(said)
	if err != nil || !yes(said["email_verified"]) {
		return said, err
	}
	owner, err := u.Holder(ctx, claims.Email)
	if err != nil || owner.ID == "" || owner.ID == user.ID {
		return said, err
	}
	said = maps.Clone(said)
	delete(said, "email")
	return said, nil
}

// TellMoved has the address that somebody had hear that theirs is another.
type TellMoved func(ctx context.Context, before, after User) error

// NotifyMovedBy has people told, at the address before, when theirs follows a provider.
// It is called before anybody is served.
func (u *Users) NotifyMovedBy(tell TellMoved) { u.tellMoved = tell }

// moving tells the address before of a change, once however often it is called, and before
// the write. Of one that nobody has confirmed it may be a stranger who would hear.
func (u *Users) moving() TellMoved {
	told := u.tellMoved == nil
	return func(ctx context.Context, before, after User) error {
		if told || before.Email == after.Email || before.EmailVerified == nil || !*before.EmailVerified {
			return nil
		}
		told = true
		return u.tellMoved(ctx, before, after)
	}
}

// follow is the change of the person's record.
func (u *Users) follow(ctx context.Context, user User, provider string, before, said members) (User, error) {
	ctx = audit.WithActor(ctx, audit.System("sign-in by "+provider))
	tell := u.moving()
	followed, err := u.Update(ctx, user.ID, func(now *User) error {
		next := follow(membersOf(now.StandardClaims), before, said)
		if next == nil {
			return nil
		}
		claims, err := claimsOf(next)
		if err != nil {
			return err
		}
		was := *now
		now.StandardClaims = claims
		if checkClaims(claims) != nil {
			return nil // which is refused by Update, and nobody is to hear of it
		}
		return tell(ctx, was, *now)
	})
	if oauth.InvalidRequest.In(err) { // nobody here can be called so; they sign in all the same
		return user, nil
	}
	return followed, err
}

// members are claims by their names.
type members map[string]json.RawMessage

func membersOf[C oauth.StandardClaims | oauth.PostalAddress](c C) members {
	text, _ := json.Marshal(c) // made of texts, numbers and truths
	m := members{}
	_ = json.Unmarshal(text, &m) // the same
	return m
}

func claimsOf(m members) (oauth.StandardClaims, error) {
	var c oauth.StandardClaims
	text, err := json.Marshal(m)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	return c, wrap("encode claims", err)
}

// differs reports whether something is said that was not said before.
func differs(said, before members) bool {
	for name, value := range said {
		if !bytes.Equal(value, before[name]) {
			return true
		}
	}
	return false
}

// follow returns the claims of a person who has these now, nil where they stay.
func follow(now, before, said members) members {
	same := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return !bytes.Equal(now[name], before[name]) })
	}
	next := maps.Clone(now)
	for name, value := range said {
		switch {
		case name == "email" || name == "email_verified": // one claim in two parts: below
		case name == "phone_number" && yes(now["phone_number_verified"]): // as somebody here has found out
		case same(name):
			next[name] = value
		}
	}
	confirmed := yes(now["email_verified"]) && !yes(said["email_verified"])
	if said["email"] != nil && !confirmed && same("email", "email_verified") {
		next["email"], next["email_verified"] = said["email"], said["email_verified"]
	}
	if !differs(next, now) {
		return nil
	}
	return next
}

func yes(value json.RawMessage) bool { return string(value) == "true" }
