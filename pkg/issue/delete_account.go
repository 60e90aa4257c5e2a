package issue

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// DeleteOwnAccount deletes the account of a person who is signed in, as DeleteUser, and
// tells them by mail, for it may not have been them; notice is nil where no mail is sent.
func (i *Issuer) DeleteOwnAccount(ctx context.Context, who identity.SignedIn, notice Letter) error {
	soonNobody := mailMessage{To: who.User.Email}
	if err := i.notify(ctx, soonNobody, who.User, notice); err != nil {
		return err
	}
	return i.DeleteUser(ctx, who.UserID, "")
}

// forget deletes what lies with a person who is kept out, but for what goes with their
// own record: what they prove themselves by, each with the record that says whose it is,
// and what they agreed to. It can be broken off and done again.
func (i *Issuer) forget(ctx context.Context, userID string) error {
	if err := i.factors.Forget(ctx, userID); err != nil {
		return err
	}
	consents, err := store.All(ctx, i.durable, consentKey(userID, "").Partition, consentPrefix)
	if err != nil {
		return err
	}
	for len(consents) > 0 {
		some := consents[:min(len(consents), store.MaxChanges)]
		changes := make([]store.Change, len(some))
		for n, record := range some {
			changes[n] = store.Delete(record.Key)
		}
		if err := i.durable.Write(ctx, changes...); err != nil {
			return err
		}
		consents = consents[len(some):]
	}
	return nil
}
