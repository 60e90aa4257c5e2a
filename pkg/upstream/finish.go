package upstream

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Errand is a way to another provider and back, and over. Its only source is Receive, so
// holding one means that this browser was sent to this provider, and comes back for the
// first time.
type Errand struct {
	Provider    Provider
	Interaction string
	UserID      string // whose account is to be connected, if it is for that
	SessionID   string

	kept    errandRecord
	state   string
	browser oauth.Secret
}

// ErrErrand is wrapped by the error of who comes back from where they were not sent: the
// state is unknown, expired, used, of another provider or another browser, which is not
// told apart.
var ErrErrand = errors.New("upstream: no such errand")

func errErrand() error {
	return oauth.InvalidRequest.Errorf("parameter state is unknown here, has expired or was used already: %w", ErrErrand)
}

// Receive takes back who was sent to a provider. Of any number who come with one state
// one is taken, for what is found is deleted by one conditional write.
//
// The state belongs to the browser that was sent (login CSRF: RFC 9700 §4.7.1), and to
// the provider to which it was sent, which the redirect URI names: another one, to whom
// somebody was sent instead, cannot have this one's codes answered (mix-up: §4.4.2).
func (r *RelyingParty) Receive(ctx context.Context, provider, state string, browser oauth.Secret) (Errand, error) {
	if len(state) != stateLength || browser == "" {
		return Errand{}, errErrand()
	}
	kept, version, err := store.Load[errandRecord](ctx, r.state, errandKey(state))
	if errors.Is(err, store.ErrNotFound) {
		return Errand{}, errErrand()
	}
	if err != nil {
		return Errand{}, err
	}
	if kept.Provider != provider || subtle.ConstantTimeCompare(kept.Browser, browser.Hash()) != 1 || !r.now().Before(kept.Expires) {
		return Errand{}, errErrand()
	}
	err = r.state.Write(ctx, store.Delete(errandKey(state)).IfVersion(version))
	if errors.As(err, new(*store.Conflict)) {
		return Errand{}, errErrand()
	}
	if err != nil {
		return Errand{}, err
	}
	p, err := r.Providers.Get(ctx, provider)
	if errors.Is(err, store.ErrNotFound) || err == nil && p.Disabled {
		return Errand{}, errErrand()
	}
	return Errand{p, kept.Interaction, kept.UserID, kept.SessionID, kept, state, browser}, err
}

// Refused is what a provider answered instead of a code (RFC 6749 §4.1.2.1): the person
// did not want to, or it did not want them.
type Refused struct {
	Provider Provider
	Code     string // as it was sent: a stranger's text
}

// Error names the provider. What it said is shown only where it is a known word.
func (r *Refused) Error() string {
	code := r.Code
	if !oauth.IsScopeToken(code) || len(code) > 64 { // the same characters: RFC 6749 §4.1.2.1
		code = "something else than an error code"
	}
	return "upstream " + r.Provider.ID + " answered " + code
}

// Vouched is who somebody is, as a provider says that may. Its only source is Judge.
type Vouched struct {
	Provider  Provider
	Issuer    string // with Subject the one name that a person has there
	Subject   string
	SessionID string    // there
	AuthTime  time.Time // zero when it does not say
	AMR       []string
	ACR       string
	Claims    oauth.StandardClaims
	IDToken   oauth.Secret
	Given     Given

	all jose.Claims
}

// judgeTimeout bounds all that is asked of a provider while a person waits.
const judgeTimeout = 8 * time.Second

// Judge finds out who has come back with these parameters. The error is *Refused where
// the provider says no, *Failure where it says nothing that could be believed.
func (r *RelyingParty) Judge(ctx context.Context, e Errand, params oauth.Params) (Vouched, error) {
	vouched, err := r.judge(ctx, e, params)
	if err != nil {
		r.trail.Record(ctx, audit.Event{
			Kind: audit.IdentityRefused, Outcome: audit.Refused, Object: e.Provider.ID, Subject: e.UserID, Reason: reason(err),
		})
	}
	return vouched, err
}

// reason is why somebody was not believed, in our words.
func reason(err error) string {
	if errors.As(err, new(*Refused)) {
		return "the provider said no"
	}
	return "what the provider said is not good, or it said nothing"
}

func (r *RelyingParty) judge(ctx context.Context, e Errand, params oauth.Params) (Vouched, error) {
	ctx, cancel := context.WithTimeout(ctx, judgeTimeout)
	defer cancel()
	fail := func(err error) (Vouched, error) { return Vouched{}, &Failure{e.Provider, err} }
	m, err := r.metadata(ctx, e.Provider)
	if err != nil {
		return fail(err)
	}
	// 1. Does it come from whom they were sent to? RFC 9207 §2.4
	if err := checkIssuer(e.Provider, m, params); err != nil {
		return fail(err)
	}
	if code := params.Get("error"); code != "" {
		return Vouched{}, &Refused{e.Provider, code}
	}
	// 2. What is the code good for? OpenID Connect Core §3.1.3
	given, err := r.redeem(ctx, e, m, params.Get("code"))
	if err != nil {
		return fail(err)
	}
	// 3. Whom is it about?
	v, err := r.about(ctx, e, m, given)
	if err != nil {
		return fail(err)
	}
	// 4. Are they wanted here, and as recently as this wants it?
	if err := v.wanted(); err != nil {
		return fail(err)
	}
	if err := r.recent(&v, e); err != nil {
		return fail(err)
	}
	v.Claims = v.believed()
	v.AMR, v.ACR = v.methods()
	return v, nil
}

// about asks GitHub's API, or reads the id_token.
func (r *RelyingParty) about(ctx context.Context, e Errand, m metadata, given Given) (Vouched, error) {
	v := Vouched{Provider: e.Provider, Given: given, IDToken: given.IDToken}
	if e.Provider.Kind == GitHub {
		return v, r.askGitHub(ctx, &v)
	}
	if err := r.readIDToken(ctx, &v, e, m); err != nil {
		return Vouched{}, err
	}
	if !e.Provider.Userinfo {
		return v, nil
	}
	return v, r.askUserinfo(ctx, &v, m)
}
