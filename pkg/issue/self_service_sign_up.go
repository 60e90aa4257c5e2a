package issue

import (
	"context"
	"errors"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
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
	open, invited, err := i.invitation(ctx, email.String())
	if err != nil {
		return err
	}
	spelled := email.String()
	if invited != "" { // what was typed may be another's mailbox (CVE-2019-19844)
		spelled = open.Person.Email
	}
	link, remember := i.newLink(SignUp, folded(spelled), linkRecord{
		Email: spelled, Interaction: wish.Interaction, Browser: wish.Browser.Hash(),
	})
	to, letter := mailMessage{To: spelled, Expires: i.now().Add(SignUp.lifetime())}, welcome
	if i.cfg.SignUp == "invited" && invited == "" {
		to.To = "" // nobody: a mail is written as for anybody, and ends there
	}
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

// maySignUp decides who may ask for an account. Where one must be invited everybody may
// ask, so that nobody learns who is.
func (i *Issuer) maySignUp(email mail.Address) error {
	switch {
	case i.cfg.SignUp == "open", i.cfg.SignUp == "invited":
		return nil
	case i.cfg.SignUp == "domains" && slices.Contains(i.cfg.SignUpDomains, email.Domain()):
		return nil
	case i.cfg.SignUp == "domains":
		return oauth.AccessDenied.Errorf("accounts are for people of other domains: %w", ErrDomain)
	default:
		return oauth.AccessDenied.Errorf("nobody creates an account here")
	}
}

// Chosen is what a person says of the account that they create.
type Chosen struct {
	Password oauth.Secret
	Name     string // "" for none, or as the invitation says
	Locale   string // of the page
}

// CreateAccountBy adds the person of a link, with what they chose, and what the
// invitation for their address says, if one is open. The link and the invitation are
// spent first, by one write: of any number who use them at once, and of the inviter who
// withdraws meanwhile, one wins. An outage right after it costs the link.
func (i *Issuer) CreateAccountBy(ctx context.Context, link Link, chosen Chosen) (identity.User, error) {
	email, err := mail.ParseAddress(link.Email)
	if err != nil {
		return identity.User{}, errLink()
	}
	open, invited, err := i.invitation(ctx, link.Email)
	if err != nil {
		return identity.User{}, err
	}
	accepts := link.purpose == AcceptInvitation
	if !accepts {
		err = i.maySignUp(email) // it may have been closed since
	}
	missing := invited == "" && (accepts || i.cfg.SignUp == "invited")
	another := invited != "" && open.Person.Email != link.Email // the mailbox that the link proves is not that one
	if missing || another {
		err = errLink()
	}
	if err != nil {
		return identity.User{}, err
	}
	n := open.Person // nobody's without an invitation
	n.Email = link.Email
	if chosen.Name != "" {
		n.Name = chosen.Name
	}
	if n.Locale == "" {
		n.Locale = chosen.Locale
	}
	return i.createAccount(ctx, link, n, chosen.Password, invited, !accepts || open.Mailed)
}

func (i *Issuer) createAccount(ctx context.Context, link Link, n identity.NewUser, password oauth.Secret, invited string, verified bool) (identity.User, error) {
	name, err := identity.Username(n.Email)
	if err != nil {
		return identity.User{}, errLink()
	}
	n.Username = name
	hashed, err := i.users.HashPassword(ctx, password, name)
	if err != nil {
		return identity.User{}, err
	}
	// What Add would refuse, such as a group that is no more, spends no link.
	if _, err = i.users.CheckImport(ctx, n, identity.RefuseStanding); errors.Is(err, identity.ErrTaken) {
		err = errLink()
	}
	if err != nil {
		return identity.User{}, err
	}
	var spent []store.Change
	if invited != "" {
		for _, change := range endInvitation(folded(n.Email), invited) {
			if change.Key != link.key { // which is spent anyway
				spent = append(spent, change)
			}
		}
	}
	if err := i.spend(ctx, link, spent...); err != nil {
		return identity.User{}, err
	}
	user, err := i.users.SignUp(ctx, n, hashed, verified)
	if errors.Is(err, identity.ErrTaken) {
		return identity.User{}, errLink()
	}
	return user, err
}
