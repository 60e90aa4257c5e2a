package authorizer

import (
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// demand is what a rule asks of a token. The zero value asks for a good one.
type demand struct {
	public   bool // not even that
	all, any oauth.Scope
	audience []string            // one of them
	claims   map[string][]string // of each one of the values; an empty list wants it there
	acr      []string            // one of them
	maxAge   time.Duration       // since the person proved who they are; 0: no matter
}

// anonymous reports whether no token was shown: a verified one has a subject.
func anonymous(t oauth.AccessToken) bool { return t.Subject == "" }

// lack returns what the token lacks, nil when nothing. at is when the answer may
// last be used, because the age of an authentication grows.
func (d demand) lack(t oauth.AccessToken, at time.Time) *shortfall {
	switch {
	case d.public:
		return nil
	case anonymous(t):
		return &shortfall{code: oauth.InvalidToken, text: "no token"}
	case !d.all.Within(t.Scope) || len(d.any) > 0 && !slices.ContainsFunc(d.any, t.Scope.Has):
		return &shortfall{code: oauth.InsufficientScope, text: "the token's scope does not reach here", scope: d.wanted(t.Scope)}
	case len(d.audience) > 0 && !slices.ContainsFunc(d.audience, func(a string) bool { return slices.Contains(t.Audience, a) }):
		return &shortfall{code: oauth.InsufficientScope, text: "the token is not for this part of the API"}
	case !d.claimsIn(t):
		return &shortfall{code: oauth.InsufficientScope, text: "the token's claims do not reach here"}
	case !d.authenticated(t, at):
		return &shortfall{
			code: oauth.InsufficientUserAuthentication, text: "the person must prove again who they are",
			acr: d.acr, maxAge: d.maxAge,
		}
	}
	return nil
}

// wanted is the scope that would do.
func (d demand) wanted(granted oauth.Scope) oauth.Scope {
	wanted := slices.Clone(d.all)
	if len(d.any) > 0 && !slices.ContainsFunc(d.any, granted.Has) {
		wanted = append(wanted, d.any[0])
	}
	return wanted
}

func (d demand) claimsIn(t oauth.AccessToken) bool {
	for name, accepted := range d.claims {
		if !verify.ClaimIs(t.Claims[name], accepted) {
			return false
		}
	}
	return true
}

// authenticated compares how and when the person proved who they are (RFC 9470 §4,
// OpenID Connect Core §2). A token that does not say so did not.
func (d demand) authenticated(t oauth.AccessToken, at time.Time) bool {
	if len(d.acr) > 0 {
		acr, _ := t.Claims["acr"].(string)
		if !slices.Contains(d.acr, acr) {
			return false
		}
	}
	if d.maxAge == 0 {
		return true
	}
	seconds, ok := t.Claims["auth_time"].(float64)
	age := float64(at.Unix()) - seconds
	// Of the future is what another clock wrote that is a little ahead, or what is no
	// NumericDate: milliseconds would be young for ever.
	return ok && age >= -clockSkew.Seconds() && age <= d.maxAge.Seconds()
}

// clockSkew is how far another clock may be ahead of ours.
const clockSkew = time.Minute

// implied reports whether every token that meets other meets d too, as far as can
// be told without a token.
func (d demand) implied(other demand) bool {
	if d.public || other.public {
		return d.public
	}
	for name, accepted := range d.claims {
		if theirs, ok := other.claims[name]; !ok || !narrower(accepted, theirs) {
			return false
		}
	}
	return d.all.Within(other.all) &&
		(narrower(d.any, other.any) || slices.ContainsFunc(d.any, other.all.Has)) &&
		narrower(d.audience, other.audience) && narrower(d.acr, other.acr) &&
		(d.maxAge == 0 || other.maxAge != 0 && other.maxAge <= d.maxAge)
}

// narrower reports whether whoever has one of theirs has one of ours; an empty list
// asks for nothing.
func narrower(ours, theirs []string) bool {
	if len(ours) == 0 {
		return true
	}
	return len(theirs) > 0 && !slices.ContainsFunc(theirs, func(s string) bool { return !slices.Contains(ours, s) })
}

// shortfall is what a token lacks. It is a failure of the caller, with what its
// challenge says (RFC 6750 §3.1, RFC 9470 §3).
type shortfall struct {
	code   oauth.Code
	text   string
	scope  oauth.Scope
	acr    []string
	maxAge time.Duration
}

// Error says it for the log.
func (s *shortfall) Error() string {
	if len(s.scope) > 0 {
		return s.text + ": it takes " + strings.Join(s.scope, " ")
	}
	return s.text
}

// Unwrap is the failure as others know it.
func (s *shortfall) Unwrap() error { return s.code.Errorf("%s", s.text) }
