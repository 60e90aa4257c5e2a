package issue

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Wish is that a link be sent by mail, and where it came from.
type Wish struct {
	Name        string       // of the account, as it was typed
	Address     string       // of the visitor, as the network says
	Browser     oauth.Secret // to which what comes of it belongs
	Interaction string       // that waits meanwhile, if any
}

// AskReset sends a link by which the person of this name chooses another password. What
// it does, and what it returns, is the same whether there is such a person: a link and a
// mail are written, which for nobody lead nowhere.
func (i *Issuer) AskReset(ctx context.Context, wish Wish, letter Letter) error {
	send, err := i.users.AskForMail(ctx, wish.Name, wish.Address)
	if err != nil || !send {
		return err
	}
	user, err := i.users.Named(ctx, wish.Name)
	if err != nil {
		return err
	}
	who := user.ID
	if who == "" {
		who = "nobody: " + wish.Name
	}
	kept := linkRecord{Interaction: wish.Interaction, Browser: wish.Browser.Hash()}
	if err := i.sendReset(ctx, user, who, kept, letter); err != nil {
		return err
	}
	i.trail.Record(ctx, audit.Event{Kind: audit.PasswordResetAsked, Subject: user.ID, Address: wish.Address})
	return nil
}

// SendReset sends a person a link by which they choose another password, because an
// administrator says so. Unlike AskReset it may tell that there is nobody to send it to.
func (i *Issuer) SendReset(ctx context.Context, user identity.User, letter Letter) error {
	if user.Disabled {
		return oauth.InvalidRequest.Errorf("the account is disabled")
	}
	if _, err := mail.ParseAddress(user.Email); err != nil {
		return oauth.InvalidRequest.Errorf("there is no mail address to send it to")
	}
	return i.sendReset(ctx, user, user.ID, linkRecord{}, letter)
}

// sendReset writes down a link for the person as they are, who may be nobody, and the mail
// that brings it.
func (i *Issuer) sendReset(ctx context.Context, user identity.User, who string, kept linkRecord, letter Letter) error {
	kept.UserID, kept.Epoch, kept.Before = user.ID, user.Epoch, user.Email
	link, remember := i.newLink(ResetPassword, who, kept)
	content, err := letter(link, user.Locale)
	if err != nil {
		return err
	}
	put, err := i.post(ctx, mailMessage{UserID: user.ID, Expires: i.now().Add(ResetPassword.lifetime())}, content)
	if err != nil {
		return err
	}
	return i.state.Write(ctx, remember, put)
}

// LinkedUser returns the person whom a link is about. It is invalid_request, by ErrLink,
// when they have changed since it was sent: have another password or address, are kept
// out, or gone.
func (i *Issuer) LinkedUser(ctx context.Context, link Link) (identity.User, error) {
	user, err := i.users.Get(ctx, link.UserID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return identity.User{}, err
	}
	// Another password, signing out everywhere and being kept out begin an epoch each.
	if user.ID == "" || user.Epoch != link.kept.Epoch || user.Email != link.kept.Before {
		return identity.User{}, errLink()
	}
	return user, nil
}

// Reset gives the person of a link the password that they chose, ends all that they were
// signed in to, and tells them by mail, for it may not have been them.
//
// The link is spent first, with the mail, since of two who use it one must win; an
// outage right after it leaves the password as it was, and the person asks once more.
func (i *Issuer) Reset(ctx context.Context, link Link, password oauth.Secret, notice Letter) error {
	user, err := i.LinkedUser(ctx, link)
	if err != nil {
		return err
	}
	hashed, err := i.users.HashPassword(ctx, password, user.Username)
	if err != nil {
		return err
	}
	told, err := i.notice(ctx, mailMessage{UserID: user.ID}, user, notice)
	if err != nil {
		return err
	}
	if err := i.spend(ctx, link, told...); err != nil {
		return err
	}
	err = i.users.ReplacePassword(ctx, user.ID, link.kept.Epoch, hashed)
	if errors.Is(err, identity.ErrMoved) {
		return errLink()
	}
	if err != nil {
		return err
	}
	ctx = audit.WithActor(ctx, audit.Acting(ctx, audit.Person(user.ID)))
	i.trail.Record(ctx, audit.Event{Kind: audit.PasswordReset, Subject: user.ID, Method: "link"})
	return i.EndAll(ctx, user.ID)
}
