package issue

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// AskEmail sends a link by which a person who is signed in shows that they receive mail
// at an address: theirs, or another that is to take its place. For another one they must
// know their password, if they have one: who finds a browser open must not carry the
// account off. A refusal of it is invalid_grant.
func (i *Issuer) AskEmail(ctx context.Context, who identity.SignedIn, email mail.Address, password oauth.Secret, wish Wish, letter Letter) error {
	user, to := who.User, mailMessage{To: email.String()}
	if current, err := mail.ParseAddress(user.Email); err == nil && current == email {
		to = mailMessage{UserID: user.ID}
	} else if err := i.knowsPassword(ctx, user, password, wish.Address); err != nil {
		return err
	}
	send, err := i.users.AskForMail(ctx, email.String(), wish.Address)
	if err != nil || !send {
		return err
	}
	confirmed := email.String()
	if to.UserID != "" {
		confirmed = user.Email
	}
	link, remember := i.newLink(ConfirmEmail, user.ID, linkRecord{
		UserID: user.ID, Epoch: user.Epoch, Before: user.Email, Email: confirmed, Browser: wish.Browser.Hash(),
	})
	content, err := letter(link, user.Locale)
	if err != nil {
		return err
	}
	to.Expires = i.now().Add(ConfirmEmail.lifetime())
	put, err := i.post(ctx, to, content)
	if err != nil {
		return err
	}
	return i.state.Write(ctx, remember, put)
}

// ErrElsewhere means that a link was opened where its person is not signed in.
var ErrElsewhere = errors.New("issue: a link opened elsewhere")

// ConfirmEmail makes the address of a link the person's, and tells the one before, if it
// is another. The person must be signed in where the link is opened: otherwise somebody
// puts a stranger's address into an account of their own, and has it confirmed by a
// stranger who presses buttons in mails.
func (i *Issuer) ConfirmEmail(ctx context.Context, link Link, who []identity.SignedIn, notice Letter) error {
	user, err := i.LinkedUser(ctx, link)
	if err != nil {
		return err
	}
	if !includes(who, user.ID) {
		return oauth.InvalidRequest.Errorf("the link is good where its person is signed in: %w", ErrElsewhere)
	}
	var told []store.Change
	if user.Email != link.Email {
		if told, err = i.notice(ctx, mailMessage{To: user.Email}, user, notice); err != nil {
			return err
		}
	}
	if err := i.spend(ctx, link, told...); err != nil {
		return err
	}
	_, err = i.users.ConfirmEmail(ctx, user.ID, user.Email, link.Email)
	if errors.Is(err, identity.ErrMoved) {
		return errLink()
	}
	return err
}

func includes(who []identity.SignedIn, userID string) bool {
	for _, each := range who {
		if each.User.ID == userID {
			return true
		}
	}
	return false
}
