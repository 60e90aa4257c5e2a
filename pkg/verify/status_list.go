package verify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/kept"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// ErrStatusUnavailable means that nobody knows whether a token was revoked.
var ErrStatusUnavailable = errors.New("the status list is not here")

// StatusListPolicy says which status lists of one issuer are believed, and what
// happens without them.
type StatusListPolicy struct {
	// Issuer is whose tokens are looked up. A list that names an issuer must name it.
	Issuer string

	// Keys are the issuer's, and sign its lists. Where a secret is shared they are not
	// what signs the tokens: a list has a public key (Token Status List §5.1).
	Keys KeySource

	// Prefix is what the URI of every list begins with, up to a slash. A token can make
	// nothing else be fetched. Empty: the origin of Issuer.
	Prefix string

	// Fetch gets a document, on condition that it no longer is what etag names.
	Fetch func(ctx context.Context, uri, etag string) (fetch.Response, error)

	// FailOpen lets a token pass when its list cannot be had. What the last list
	// revoked stays revoked.
	FailOpen bool

	// MaxAge bounds how long a list is used before it is asked for again, whatever it
	// says. 0: as the list says, an hour at most.
	MaxAge time.Duration

	// MaxStale is how much longer a list serves while it cannot be had, unless it has
	// expired. 0: 30 seconds.
	MaxStale time.Duration

	// Log is told when a list cannot be had. Nil: nobody is.
	Log *slog.Logger
}

const (
	defaultListAge   = time.Minute // of a list that does not say
	maxListAge       = time.Hour
	minListAge       = time.Second
	defaultListStale = 30 * time.Second
)

// StatusLists looks tokens up in the status lists of their issuer (Token Status List
// §8.3). It holds a bounded number of lists, each fetched once when it is too old,
// however many ask.
type StatusLists struct {
	policy StatusListPolicy
	lists  keptLists
	now    func() time.Time
}

// NewStatusLists returns the status lists that the policy describes.
func NewStatusLists(p StatusListPolicy) (*StatusLists, error) {
	if p.Issuer == "" || p.Keys == nil || p.Fetch == nil {
		return nil, errors.New("verify: status lists need an issuer, its keys and a way to fetch")
	}
	if p.Prefix == "" {
		issuer, err := url.Parse(p.Issuer)
		if err != nil || issuer.Host == "" {
			return nil, errors.New("verify: the issuer is no URL, so where its status lists are must be said")
		}
		p.Prefix = issuer.Scheme + "://" + issuer.Host + "/"
	}
	prefix, err := url.Parse(p.Prefix)
	switch {
	case err != nil || prefix.Host == "" || prefix.User != nil || strings.ContainsAny(p.Prefix, "?#"):
		return nil, errors.New("verify: the prefix of status lists is no URL")
	case !strings.HasSuffix(prefix.Path, "/"):
		return nil, errors.New("verify: the prefix of status lists does not end in a slash")
	case p.MaxAge < 0 || p.MaxStale < 0:
		return nil, errors.New("verify: the ages of status lists must not be negative")
	}
	if p.MaxAge == 0 {
		p.MaxAge = maxListAge
	}
	if p.MaxStale == 0 {
		p.MaxStale = defaultListStale
	}
	return &StatusLists{policy: p, now: kept.Now}, nil
}

// Check is a StatusCheck. A token without a status is as good as it was.
func (s *StatusLists) Check(ctx context.Context, t oauth.AccessToken) error {
	reference, present, err := readStatus(t.Claims)
	if err != nil {
		return oauth.InvalidToken.Errorf("malformed status: %w", err)
	}
	if !present {
		return nil
	}
	if t.Issuer != s.policy.Issuer || !s.mayFetch(reference.uri) {
		return oauth.InvalidToken.Errorf("the status list is not one of this issuer")
	}
	list, err := s.current(ctx, s.lists.get(reference.uri, s.now()))
	if list != nil {
		status, within := list.status(reference.index)
		if !within {
			return oauth.InvalidToken.Errorf("the status list has no such index")
		}
		if status != statusValid {
			return oauth.InvalidToken.Errorf("the token was revoked")
		}
	}
	if err == nil || s.policy.FailOpen {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrStatusUnavailable, err)
}

// mayFetch reports whether a list of the issuer could lie there. Whoever shares a
// secret with the issuer can write any URI into a token, so what follows the prefix
// is plain words: nothing that leads back out of it, to another host or into a query.
func (s *StatusLists) mayFetch(uri string) bool {
	path, within := strings.CutPrefix(uri, s.policy.Prefix)
	if !within || len(uri) > maxURIBytes {
		return false
	}
	plain := strings.IndexFunc(path, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.~/", r)
	}) < 0
	words := strings.Split(path, "/")
	return plain && !slices.Contains(words, "") && !slices.Contains(words, ".") && !slices.Contains(words, "..")
}

const maxURIBytes = 512
