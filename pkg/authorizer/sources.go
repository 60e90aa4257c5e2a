package authorizer

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// credential is what a request shows.
type credential struct {
	token  string
	from   string // where it was found, for explanations
	apiKey bool   // it is a key, and no token
}

// sources are the places where a token may stand.
type sources []source

// source looks in one place. It returns "" where nothing stands, and an error for
// what cannot be believed.
type source struct {
	name string
	find func(r Request) (string, error)
	keys bool // what stands there are API keys
}

// credential returns the only token of a request. One in two places is refused
// (RFC 6750 §2): we could not know which of them the API behind will believe.
func (all sources) credential(r Request) (c credential, found bool, err error) {
	for _, s := range all {
		token, err := s.find(r)
		if err != nil {
			return credential{}, false, err
		}
		if token == "" {
			continue
		}
		if found {
			return credential{}, false, oauth.InvalidRequest.Errorf("a token in two places: %s and %s", c.from, s.name)
		}
		c, found = credential{token, s.name, s.keys}, true
	}
	return c, found, nil
}

// fromAuthorization is the header of RFC 6750 §2.1, once, and where proofs are
// checked that of RFC 9449 §7.1.
func fromAuthorization(dpop bool) func(r Request) (string, error) {
	return func(r Request) (string, error) {
		sent, err := only(r.Header["Authorization"], "Authorization header")
		if sent == "" || err != nil {
			return "", err
		}
		scheme, token, _ := strings.Cut(sent, " ")
		if !strings.EqualFold(scheme, "Bearer") && !(dpop && strings.EqualFold(scheme, "DPoP")) { // RFC 9110 §11.1
			if r.bare && token == "" {
				return sent, nil
			}
			return "", oauth.InvalidToken.Errorf("the Authorization header's scheme is not accepted here")
		}
		if token = strings.Trim(token, " "); token == "" {
			return "", oauth.InvalidToken.Errorf("the Authorization header has no token")
		}
		return token, nil // format 2.0 joins two headers by a comma, which is in no token
	}
}

// fromHeader is a header of another name, with or without the scheme.
func fromHeader(name string) func(r Request) (string, error) {
	name = http.CanonicalHeaderKey(name)
	return func(r Request) (string, error) {
		sent, err := only(r.Header[name], name+" header")
		if scheme, token, two := strings.Cut(sent, " "); two && strings.EqualFold(scheme, "Bearer") {
			sent = strings.Trim(token, " ")
		}
		return sent, err
	}
}

// fromQuery is a parameter of the URL, for those who cannot set a header (RFC 6750
// §2.3). It ends up in logs and histories, so it is there on request only.
func fromQuery(name string) func(r Request) (string, error) {
	return func(r Request) (string, error) { return only(r.Query[name], "parameter "+name) }
}

// fromSubprotocol is the word after the named one in Sec-WebSocket-Protocol, which
// is all that a browser lets a page say when it opens a WebSocket.
func fromSubprotocol(name string) func(r Request) (string, error) {
	return func(r Request) (string, error) {
		var words []string
		for _, line := range r.Header["Sec-Websocket-Protocol"] {
			for word := range strings.SplitSeq(line, ",") {
				words = append(words, strings.TrimSpace(word))
			}
		}
		i := slices.Index(words, name)
		if i < 0 {
			return "", nil
		}
		if i+1 == len(words) || slices.Contains(words[i+1:], name) {
			return "", oauth.InvalidRequest.Errorf("no token, or two, after subprotocol %s", name)
		}
		return words[i+1], nil
	}
}

// only returns the one value, "" for none.
func only(values []string, what string) (string, error) {
	switch len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	}
	return "", oauth.InvalidRequest.Errorf("more than one %s", what)
}
