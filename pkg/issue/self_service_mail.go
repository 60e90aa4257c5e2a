package issue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// MailMessage is the kind of outbox message that is a mail.
const MailMessage = "mail"

// mailMessage is a mail in the outbox. Whom it goes to is looked up when it is
// delivered: to a person it goes where the store has them, never where somebody typed
// (CVE-2019-19844). One that is to nobody costs as much as any, and ends there: it is
// what is written for a name that is nobody's, so that nobody learns that from the time.
type mailMessage struct {
	UserID  string    `json:"sub,omitempty"`
	To      string    `json:"to,omitempty"` // to prove that they receive mail there, or did
	Expires time.Time `json:"expires,omitzero"`
	Content []byte    `json:"content"` // sealed, for the link in it is a key
}

const mailPurpose = "mail"

// Letter writes a mail around a link, in the language of the person's locale, or where
// that is empty in the visitor's.
type Letter func(link, locale string) (mail.Content, error)

// post is the change that sends a letter.
func (i *Issuer) post(ctx context.Context, m mailMessage, content mail.Content) (store.Change, error) {
	clear, err := json.Marshal(content)
	if err != nil {
		return store.Change{}, err
	}
	if m.Content, err = i.sealer.Seal(ctx, clear, mailPurpose); err != nil {
		return store.Change{}, fmt.Errorf("seal mail: %w", err)
	}
	return i.outbox.Put(MailMessage, m), nil
}

// notice is the change that sends somebody a letter without a link, about what has just
// become of their account; none where there is no letter, or no address.
func (i *Issuer) notice(ctx context.Context, to mailMessage, who identity.User, letter Letter) ([]store.Change, error) {
	if _, err := mail.ParseAddress(who.Email); err != nil || letter == nil {
		return nil, nil
	}
	content, err := letter("", who.Locale)
	if err != nil {
		return nil, err
	}
	put, err := i.post(ctx, to, content)
	return []store.Change{put}, err
}

// notify is notice, written at once: before what it tells of, since a letter about a change
// that then fails costs a second look, a change without one costs the account.
func (i *Issuer) notify(ctx context.Context, to mailMessage, who identity.User, letter Letter) error {
	put, err := i.notice(ctx, to, who, letter)
	if err != nil || len(put) == 0 {
		return err
	}
	return i.state.Write(ctx, put...)
}

// tell notifies a person at the address that they have when it is delivered.
func (i *Issuer) tell(ctx context.Context, who identity.User, letter Letter) error {
	return i.notify(ctx, mailMessage{UserID: who.ID}, who, letter)
}

// DeliverMail sends a mail that lay in the outbox. The error wraps outbox.ErrFinal when
// there is no use in trying again.
func (i *Issuer) DeliverMail(ctx context.Context, m outbox.Message, send mail.Send) error {
	var kept mailMessage
	if err := json.Unmarshal(m.Body, &kept); err != nil {
		return fmt.Errorf("%w: %w", outbox.ErrFinal, err)
	}
	if !kept.Expires.IsZero() && !i.now().Before(kept.Expires) {
		return fmt.Errorf("%w: the link in it has expired", outbox.ErrFinal)
	}
	text, err := i.recipient(ctx, kept)
	if err != nil || text == "" {
		return err
	}
	to, err := mail.ParseAddress(text)
	if err != nil {
		return fmt.Errorf("%w: %w", outbox.ErrFinal, err)
	}
	clear, err := i.sealer.Open(ctx, kept.Content, mailPurpose)
	if err != nil {
		return fmt.Errorf("open mail: %w", err)
	}
	letter := mail.Message{ID: m.ID, To: to}
	if err := json.Unmarshal(clear, &letter.Content); err != nil {
		return fmt.Errorf("%w: %w", outbox.ErrFinal, err)
	}
	if err = send(ctx, letter); errors.Is(err, mail.ErrRefused) {
		return fmt.Errorf("%w: %w", outbox.ErrFinal, err)
	}
	return err
}

// recipient is where the mail goes, "" for nowhere.
func (i *Issuer) recipient(ctx context.Context, kept mailMessage) (string, error) {
	if kept.UserID == "" {
		return kept.To, nil
	}
	user, err := i.users.Get(ctx, kept.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil // they are gone since
	}
	return user.Email, err
}
