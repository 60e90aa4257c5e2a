package issue

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Purpose is what a link in a mail is for. It is also the path of the door that the
// link leads to, below the issuer.
type Purpose string

// The purposes of links.
const (
	ResetPassword Purpose = "/reset/password"
	ConfirmEmail  Purpose = "/email/confirm"
	SignUp        Purpose = "/sign-up/finish"

	AcceptInvitation Purpose = "/invitation"
)

// lifetime is for how long a link is good: a reset is what a thief of mail wants most,
// and nobody waits for an invitation.
func (p Purpose) lifetime() time.Duration {
	switch p {
	case ResetPassword:
		return 30 * time.Minute
	case AcceptInvitation:
		return 7 * 24 * time.Hour
	default:
		return time.Hour
	}
}

// Minutes is for how long a link is good.
func (p Purpose) Minutes() int { return int(p.lifetime().Minutes()) }

// Days is for how long one is good that outlasts a day.
func (p Purpose) Days() int { return int(p.lifetime().Hours() / 24) }

// Link is a link that was sent by mail, and is good. Its only source is OpenLink, which
// spends nothing: a mail scanner opens every link before its reader does. A change is
// made by whoever presses the button that the page shows, once.
type Link struct {
	UserID      string
	Email       string // which it proves, if it is for that
	Interaction string // in which it was asked for, if any
	SameBrowser bool   // that asked for it

	purpose Purpose
	kept    linkRecord
	key     store.Key
	version string
}

// linkRecord is what lies at a link's key.
type linkRecord struct {
	UserID      string    `json:"sub,omitempty"`
	Epoch       int       `json:"epoch,omitempty"`  // the person's, when it was asked for
	Before      string    `json:"before,omitempty"` // their address then
	Email       string    `json:"email,omitempty"`
	Interaction string    `json:"interaction,omitempty"`
	Browser     []byte    `json:"browser,omitempty"` // SHA-256
	Secret      []byte    `json:"secret"`            // SHA-256
	Expires     time.Time `json:"expires"`
}

// linkHandle is what a link carries: the locator says where the record lies, and is no
// secret; the secret has 130 random bits.
func linkHandle(locator, secret string) string { return locator + "." + secret }

func linkKey(locator string) store.Key {
	return store.Key{Partition: "link#" + locator, Sort: "link"}
}

// locatorLength is that of a locator: 128 bits in base64url.
const locatorLength = 22

// locate returns where the link for this purpose and person lies. There is one place, so
// there is one live link: a new one takes the place of the one before.
func locate(purpose Purpose, who string) string {
	sum := sha256.Sum256([]byte(string(purpose) + "\x00" + who))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// folded is the form of an address by which links and invitations are found: it is ASCII,
// so that case is all that it may differ in.
func folded(email string) string { return strings.ToLower(email) }

// newLink makes a link, and the change that remembers it. The URL is made of the issuer
// that is configured, and of nothing that a request says (password reset poisoning).
func (i *Issuer) newLink(purpose Purpose, who string, kept linkRecord) (string, store.Change) {
	locator, secret := locate(purpose, who), newID()
	kept.Secret = oauth.Secret(secret).Hash()
	kept.Expires = i.now().Add(purpose.lifetime())
	link := i.cfg.Issuer + string(purpose) + "?" + url.Values{"link": {linkHandle(locator, secret)}}.Encode()
	return link, store.Put(linkKey(locator), kept).Until(kept.Expires)
}

// OpenLink returns the link of a handle. It is invalid_request, by ErrLink, when there is
// none, or it has expired, was used, or another took its place, without telling which.
func (i *Issuer) OpenLink(ctx context.Context, purpose Purpose, handle, browser oauth.Secret) (Link, error) {
	locator, secret, ok := strings.Cut(string(handle), ".")
	if !ok || len(locator) != locatorLength || secret == "" {
		return Link{}, errLink()
	}
	key := linkKey(locator)
	kept, version, err := store.Load[linkRecord](ctx, i.state, key)
	if errors.Is(err, store.ErrNotFound) {
		return Link{}, errLink()
	}
	if err != nil {
		return Link{}, err
	}
	who := kept.UserID
	if who == "" {
		who = folded(kept.Email)
	}
	if subtle.ConstantTimeCompare(kept.Secret, oauth.Secret(secret).Hash()) != 1 || !i.now().Before(kept.Expires) ||
		locate(purpose, who) != locator { // a link is good for what it was sent for
		return Link{}, errLink()
	}
	return Link{
		UserID: kept.UserID, Email: kept.Email, Interaction: kept.Interaction,
		SameBrowser: len(kept.Browser) > 0 && browser != "" && subtle.ConstantTimeCompare(kept.Browser, browser.Hash()) == 1,
		purpose:     purpose, kept: kept, key: key, version: version,
	}, nil
}

// spend uses a link up, and writes down what comes of it. Of all who use it at once, one
// does; the others get invalid_request, by ErrLink.
func (i *Issuer) spend(ctx context.Context, link Link, changes ...store.Change) error {
	if link.version == "" {
		return errors.New("issue: a link that nobody opened")
	}
	err := i.state.Write(ctx, append(changes, store.Delete(link.key).IfVersion(link.version))...)
	var conflict *store.Conflict
	if errors.As(err, &conflict) {
		return errLink()
	}
	return err
}

// ErrLink is wrapped by the error of a link that is good no more, or never was.
var ErrLink = errors.New("issue: no such link")

func errLink() error {
	return oauth.InvalidRequest.Errorf("the link is unknown, has expired or was used already: %w", ErrLink)
}
