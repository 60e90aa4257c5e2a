package issue

import (
	"context"
	"errors"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Why nobody is sent a link by which to create an account. Neither tells of accounts.
var (
	ErrDomain  = errors.New("issue: accounts are for other domains")
	ErrNoEmail = errors.New("issue: an address that cannot be a username")
)

// AskSignUp sends a link by which whoever receives mail at the address creates an
// account. There is none before: who puts somebody else's address in gains nothing, and
// no account waits with a stranger's password for its owner (account pre-hijacking).
//
// Where the address is a username already, that account's own address is told, and what
// is done and returned is the same.
func (i *Issuer) AskSignUp(ctx context.Context, email mail.Address, wish Wish, welcome, taken Letter) error {
	if err := i.maySignUp(email); err != nil {
		return err
	}
	name, err := identity.Username(email.String())
	if err != nil {
		return oauth.InvalidRequest.Errorf("the address cannot be a username: %w", ErrNoEmail)
	}
	send, err := i.users.AskForMail(ctx, name, wish.Address)
	if err != nil || !send {
		return err
	}
	holder, err := i.users.Holder(ctx, name)
	if err != nil {
		return err
	}
	link, remember := i.newLink(SignUp, email.String(), linkRecord{
		Email: email.String(), Interaction: wish.Interaction, Browser: wish.Browser.Hash(),
	})
	to, letter := mailMessage{To: email.String(), Expires: i.now().Add(SignUp.lifetime())}, welcome
	if holder.ID != "" {
		to.UserID, to.To = holder.ID, ""
		letter, link = taken, ""
	}
	content, err := letter(link, holder.Locale)
	if err != nil {
		return err
	}
	put, err := i.post(ctx, to, content)
	if err != nil {
		return err
	}
	return i.state.Write(ctx, remember, put)
}

// maySignUp decides who may create an account.
func (i *Issuer) maySignUp(email mail.Address) error {
	switch {
	case i.cfg.SignUp == "open":
		return nil
	case i.cfg.SignUp == "domains" && slices.Contains(i.cfg.SignUpDomains, email.Domain()):
		return nil
	case i.cfg.SignUp == "domains":
		return oauth.AccessDenied.Errorf("accounts are for people of other domains: %w", ErrDomain)
	default:
		return oauth.AccessDenied.Errorf("nobody creates an account here")
	}
}

// CreateAccountBy adds the person of a link with the password that they chose. Of any
// number who use it at once one does, since the username can be taken once; only then
// is the link spent, so that an outage in between loses nobody's.
func (i *Issuer) CreateAccountBy(ctx context.Context, link Link, password oauth.Secret, locale string) (identity.User, error) {
	email, err := mail.ParseAddress(link.Email)
	if err != nil {
		return identity.User{}, errLink()
	}
	if err := i.maySignUp(email); err != nil { // it may have been closed since
		return identity.User{}, err
	}
	name, err := identity.Username(link.Email)
	if err != nil {
		return identity.User{}, errLink()
	}
	hashed, err := i.users.HashPassword(ctx, password, name)
	if err != nil {
		return identity.User{}, err
	}
	user, err := i.users.SignUp(ctx, link.Email, hashed, locale)
	if errors.Is(err, identity.ErrTaken) {
		return identity.User{}, errLink()
	}
	if err != nil {
		return identity.User{}, err
	}
	if err := i.spend(ctx, link); err != nil && !errors.Is(err, ErrLink) {
		return identity.User{}, err
	}
	return user, nil
}
