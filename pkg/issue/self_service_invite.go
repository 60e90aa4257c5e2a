package issue

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Invitation is an account that waits for its person to accept it. There is none before:
// what is written down is who they would be.
type Invitation struct {
	Person  identity.NewUser `json:"person"` // without a password; the address is its Email
	By      string           `json:"by"`     // who invited them
	Mailed  bool             `json:"mailed"` // else the link was handed over, and proves no address
	Created time.Time        `json:"created"`
	Expires time.Time        `json:"expires"`
}

// ErrInvited means that there is an open invitation for the address already.
var ErrInvited = errors.New("issue: invited already")

const invitationPartition = "invitation"

func invitationKey(name string) store.Key {
	return store.Key{Partition: invitationPartition, Sort: name}
}

// Invite writes down that somebody may have an account, and sends them a link by which
// they accept it, whatever SIGN_UP says. Without a letter nothing is sent: the link is
// returned, for the inviter to hand over, and confirms no address.
//
// The error, which the inviter alone may see, wraps identity.ErrTaken when somebody has
// an account by this address, and ErrInvited when the invitation is open already. Whoever
// calls it decides whether the inviter may give what n says, groups above all.
func (i *Issuer) Invite(ctx context.Context, n identity.NewUser, by string, letter Letter) (Invitation, string, error) {
	email, err := mail.ParseAddress(n.Email)
	if err != nil {
		return Invitation{}, "", oauth.InvalidRequest.Errorf("the address must be like jo@example.com: %w", ErrNoEmail)
	}
	if n.Password != "" || n.PasswordHash != "" {
		return Invitation{}, "", oauth.InvalidRequest.Errorf("who is invited chooses the password")
	}
	n.Email, n.Username, n.EmailVerified = email.String(), email.String(), nil
	holder, err := i.users.Holder(ctx, n.Email)
	if err == nil && holder.ID == "" {
		_, err = i.users.CheckImport(ctx, n, identity.RefuseStanding)
	}
	if holder.ID != "" || errors.Is(err, identity.ErrTaken) {
		err = oauth.InvalidRequest.Errorf("somebody has an account by this address: %w", identity.ErrTaken)
	}
	if err != nil {
		return Invitation{}, "", err
	}
	open := Invitation{Person: n, By: by, Created: i.now().UTC()}
	link, err := i.invite(ctx, &open, store.Change.IfAbsent, letter)
	var conflict *store.Conflict
	if errors.As(err, &conflict) {
		return Invitation{}, "", oauth.InvalidRequest.Errorf("the address is invited already: %w", ErrInvited)
	}
	return open, link, err
}

// Renew sends a new link in place of the one before. store.ErrNotFound when no
// invitation is open.
func (i *Issuer) Renew(ctx context.Context, address string, letter Letter) (Invitation, string, error) {
	open, version, err := i.invitation(ctx, address)
	if err == nil && version == "" {
		err = store.ErrNotFound
	}
	if err != nil {
		return Invitation{}, "", err
	}
	link, err := i.invite(ctx, &open, func(c store.Change) store.Change { return c.IfVersion(version) }, letter)
	var conflict *store.Conflict
	if errors.As(err, &conflict) { // accepted or withdrawn meanwhile
		err = store.ErrNotFound
	}
	return open, link, err
}

// invite writes the invitation and its link, and a mail where there is a letter.
func (i *Issuer) invite(ctx context.Context, open *Invitation, where func(store.Change) store.Change, letter Letter) (string, error) {
	email := open.Person.Email
	open.Expires, open.Mailed = i.now().Add(AcceptInvitation.lifetime()).UTC(), letter != nil
	link, remember := i.newLink(AcceptInvitation, folded(email), linkRecord{Email: email})
	changes := []store.Change{where(store.Put(invitationKey(folded(email)), open).Until(open.Expires)), remember}
	if letter == nil {
		return link, i.recordInvited(ctx, *open, i.state.Write(ctx, changes...))
	}
	content, err := letter(link, open.Person.Locale)
	if err != nil {
		return "", err
	}
	put, err := i.post(ctx, mailMessage{To: email, Expires: open.Expires}, content)
	if err != nil {
		return "", err
	}
	return "", i.recordInvited(ctx, *open, i.state.Write(ctx, append(changes, put)...))
}

// recordInvited records an invitation that was written. The address is not in it, for it
// may be of somebody who never comes, and the trail lasts.
func (i *Issuer) recordInvited(ctx context.Context, open Invitation, err error) error {
	if err != nil {
		return err
	}
	how := "hand"
	if open.Mailed {
		how = "mail"
	}
	i.trail.Record(ctx, audit.Event{Kind: audit.InvitationSent, Method: how, Object: strings.Join(open.Person.Groups, " ")})
	return nil
}

// Withdraw ends an open invitation; store.ErrNotFound when there is none, or it has been
// accepted meanwhile.
func (i *Issuer) Withdraw(ctx context.Context, address string) error {
	_, version, err := i.invitation(ctx, address)
	if err == nil && version == "" {
		err = store.ErrNotFound
	}
	if err != nil {
		return err
	}
	err = i.state.Write(ctx, endInvitation(folded(address), version)...)
	var conflict *store.Conflict
	if errors.As(err, &conflict) {
		return store.ErrNotFound
	}
	if err == nil {
		i.trail.Record(ctx, audit.Event{Kind: audit.InvitationWithdrawn})
	}
	return err
}

// endInvitation is what ends it: with the record its link, which is good for nothing
// without it.
func endInvitation(name, version string) []store.Change {
	return []store.Change{
		store.Delete(invitationKey(name)).IfVersion(version),
		store.Delete(linkKey(locate(AcceptInvitation, name))),
	}
}

// Invitations returns open ones in the order of their addresses, those that begin with
// prefix. page.After is the address after which to begin.
func (i *Issuer) Invitations(ctx context.Context, prefix string, page store.Page) ([]Invitation, store.Page, error) {
	records, next, err := i.state.List(ctx, invitationPartition, folded(prefix), page)
	if err != nil {
		return nil, store.Page{}, err
	}
	open := make([]Invitation, len(records))
	for n, record := range records {
		if open[n], err = store.Decode[Invitation](record); err != nil {
			return nil, store.Page{}, err
		}
	}
	return open, next, nil
}

// InvitedBy returns the open invitation whose link this is.
func (i *Issuer) InvitedBy(ctx context.Context, link Link) (Invitation, error) {
	open, version, err := i.invitation(ctx, link.Email)
	if err == nil && version == "" {
		return Invitation{}, errLink()
	}
	return open, err
}

// invitation returns the open one for the address, and "" for its version when there is
// none.
func (i *Issuer) invitation(ctx context.Context, address string) (Invitation, string, error) {
	open, version, err := store.Load[Invitation](ctx, i.state, invitationKey(folded(address)))
	if errors.Is(err, store.ErrNotFound) {
		return Invitation{}, "", nil
	}
	return open, version, err
}
