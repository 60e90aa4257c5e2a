package pages

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Purposes of seals.
const (
	formSeal = "form"
	doneSeal = "done "
)

// seal makes a text that this browser gets from us alone, in this session, for this
// purpose. In a form it is the token without which the form is not taken: another site
// cannot read it, nor can another person's form in the same browser serve (RFC 9700
// §4.7). It stays good when the person proves once more who they are, for their session
// stays the same, and ends with it. Nothing is kept of it.
func (p *Pages) seal(browser oauth.Secret, who identity.SignedIn, purpose string) string {
	mac := hmac.New(sha256.New, []byte(browser))
	mac.Write([]byte(purpose + "\x00" + who.UserID + "\x00" + who.ID))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// isSealed compares in constant time. A browser that we do not know has no seal.
func (p *Pages) isSealed(v *visit, who identity.SignedIn, purpose, sealed string) bool {
	browser := p.browser(v.Request)
	return browser != "" && subtle.ConstantTimeCompare([]byte(p.seal(browser, who, purpose)), []byte(sealed)) == 1
}

// errNotTheirForm means that a form was not made for the session that it was sent in.
var errNotTheirForm = errors.New("pages: not a form of this session")

func errForm() error {
	return oauth.InvalidRequest.Errorf("the form is none of this session: %w", errNotTheirForm)
}
