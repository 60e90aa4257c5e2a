package issue

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Notices are the letters by which people hear of what was changed, for it may have been
// nobody who ought to: by an administrator, and of how they sign in by anybody. A nil one is
// not sent. Nobody can do without them: whoever is in an account would, first of all.
type Notices struct {
	Password Letter                   // another password is set
	Moved    Letter                   // another address is from now on; it goes to the one before
	Factors  map[factor.Change]Letter // a factor has come, or gone
	Linked   Letter                   // an identity elsewhere is connected with the account
	Unlinked Letter                   // it is no more
}

// NotifyBy has people told by these letters. It is called before anybody is served.
func (i *Issuer) NotifyBy(n Notices) {
	i.notices = n
	i.factors.NotifyBy(i.tellFactor)
	i.users.NotifyLinkedBy(i.tellLinked)
	i.users.NotifyMovedBy(i.TellMoved)
}

// Factors are what people prove themselves by, of whose changes they are told.
func (i *Issuer) Factors() *factor.Factors { return i.factors }

func (i *Issuer) tellFactor(ctx context.Context, who identity.User, what factor.Change) error {
	return i.tell(ctx, who, i.notices.Factors[what])
}

func (i *Issuer) tellLinked(ctx context.Context, who identity.User, connected bool) error {
	if connected {
		return i.tell(ctx, who, i.notices.Linked)
	}
	return i.tell(ctx, who, i.notices.Unlinked)
}

// SetPassword gives somebody the password that an administrator chose, ends all that they
// were signed in to, and tells them by mail.
func (i *Issuer) SetPassword(ctx context.Context, userID string, password oauth.Secret) error {
	if err := i.users.SetPassword(ctx, userID, password); err != nil {
		return err
	}
	user, err := i.users.Get(ctx, userID)
	if err != nil {
		return err
	}
	return errors.Join(i.tell(ctx, user, i.notices.Password), i.EndAll(ctx, userID))
}

// TellMoved tells the address that somebody had that theirs is another from now on, where
// an administrator changed it, or another provider.
func (i *Issuer) TellMoved(ctx context.Context, before, after identity.User) error {
	if before.Email == after.Email {
		return nil
	}
	return i.notify(ctx, mailMessage{To: before.Email}, before, i.notices.Moved)
}
