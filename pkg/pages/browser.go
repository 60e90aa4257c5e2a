package pages

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// The two cookies: which browser it is, and who is signed in there.
const (
	browserCookie = "ostiary-browser"
	sessionCookie = "ostiary-session"
)

// maxAccounts is how many people may be signed in, in one browser.
const maxAccounts = 5

// setCookie keeps a value in the browser, for us alone: no script reads it, no
// other site's form or frame sends it, and no neighbouring host can plant it
// (__Host-, RFC 6265bis §4.1.3). A browser takes neither the prefix nor Secure from
// plain http, which only a loopback issuer may speak.
func (p *Pages) setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	name, secure := p.cookieName(name)
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(age.Seconds()),
		Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (p *Pages) cookieName(name string) (full string, secure bool) {
	name += p.cookies
	if strings.HasPrefix(p.origin, "https://") {
		return "__Host-" + name, true
	}
	return name, false
}

// cookieSuffix tells the cookies of one issuer from another's: browsers keep cookies
// by host, whatever the port (RFC 6265 §8.5), and __Host- leaves no path. An issuer
// that has its host to itself has none.
func cookieSuffix(issuer *url.URL) string {
	if issuer.Port() == "" && issuer.EscapedPath() == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(issuer.String()))
	return "-" + hex.EncodeToString(sum[:4])
}

func (p *Pages) cookie(r *http.Request, name string) string {
	name, _ = p.cookieName(name)
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// browserSecretLength is that of two texts of 130 random bits.
const browserSecretLength = 52

// browser returns the secret to which interactions are bound, "" when the browser
// has none yet.
func (p *Pages) browser(r *http.Request) oauth.Secret {
	value := p.cookie(r, browserCookie)
	if len(value) != browserSecretLength {
		return ""
	}
	return oauth.Secret(value)
}

// knowBrowser returns the browser's secret and gives it one when it has none.
func (p *Pages) knowBrowser(w http.ResponseWriter, r *http.Request) oauth.Secret {
	if secret := p.browser(r); secret != "" {
		return secret
	}
	secret := rand.Text() + rand.Text()
	p.setCookie(w, browserCookie, secret, 0) // as long as the browser is open
	return oauth.Secret(secret)
}

// account is somebody who is signed in, in this browser.
type account struct {
	handle oauth.Secret
	identity.SignedIn
}

// accounts are who is signed in, in this browser. The first, when using is true, is
// the one in use; else nobody is.
type accounts struct {
	all   []account
	using bool
}

// handleSeparator is no character of a handle.
const handleSeparator = "~"

// accounts opens the sessions that the browser holds. The ones that have ended are
// left out; with the one in use nobody is in use until somebody is chosen.
func (p *Pages) accounts(ctx context.Context, r *http.Request) (accounts, error) {
	value := p.cookie(r, sessionCookie)
	if value == "" {
		return accounts{}, nil
	}
	handles := strings.Split(value, handleSeparator)
	opened := make([]account, min(len(handles), maxAccounts+1))
	group, ctx := errgroup.WithContext(ctx)
	for i := range opened {
		group.Go(func() error {
			session, err := p.sessions.Open(ctx, oauth.Secret(handles[i]))
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			opened[i] = account{oauth.Secret(handles[i]), session}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return accounts{}, err
	}
	using := opened[0].ID != ""
	return accounts{slices.DeleteFunc(opened, func(a account) bool { return a.ID == "" }), using}, nil
}

// current is who is in use, nil when nobody is.
func (a accounts) current() *identity.SignedIn {
	if !a.using {
		return nil
	}
	return &a.all[0].SignedIn
}

// find returns the account of a session, or of a person.
func (a accounts) find(is func(account) bool) *account {
	if i := slices.IndexFunc(a.all, is); i >= 0 {
		return &a.all[i]
	}
	return nil
}

// use puts an account first and keeps as many others as there may be.
func (a accounts) use(chosen account) accounts {
	others := slices.DeleteFunc(slices.Clone(a.all), func(other account) bool { return other.UserID == chosen.UserID })
	return accounts{append([]account{chosen}, others...), true}
}

// keepAccounts writes the cookie. Whoever finds no place in it any more is signed
// out, for a session that no browser holds helps only thieves.
func (p *Pages) keepAccounts(ctx context.Context, w http.ResponseWriter, a accounts) error {
	for len(a.all) > maxAccounts {
		last := a.all[len(a.all)-1]
		if err := p.issuer.EndSession(ctx, last.UserID, last.ID); err != nil {
			return err
		}
		a.all = a.all[:len(a.all)-1]
	}
	var handles []string
	if !a.using {
		handles = append(handles, "")
	}
	for _, each := range a.all {
		handles = append(handles, string(each.handle))
	}
	if len(a.all) == 0 {
		p.setCookie(w, sessionCookie, "", -time.Second)
		return nil
	}
	p.setCookie(w, sessionCookie, strings.Join(handles, handleSeparator), p.cfg.SessionLifetime)
	return nil
}
