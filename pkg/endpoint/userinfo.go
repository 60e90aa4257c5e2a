package endpoint

import (
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/journal"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// userinfo is the userinfo endpoint (OpenID Connect Core §5.3).
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request, e *journal.Entry) error {
	token, err := bearerToken(w, r)
	if err != nil {
		return bearerChallenge(err)
	}
	if token == "" {
		return bare("the request has no access token")
	}
	answer, verified, err := p.issuer.Userinfo(r.Context(), token)
	e.Client, e.Subject = verified.ClientID, verified.Subject
	if err != nil {
		return bearerChallenge(err)
	}
	if answer.JWT != "" {
		return renderJWT(w, answer.JWT)
	}
	return renderJSON(w, answer.Claims)
}

// bearerToken takes the token from the header, or from the body of a form post
// (RFC 6750 §2.1, §2.2); from the URL never (§2.3). "" means that there is none.
func bearerToken(w http.ResponseWriter, r *http.Request) (string, error) {
	token, err := inbound.Bearer(r)
	if err != nil {
		return "", err
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") == "" {
		return token, nil
	}
	params, err := parseForm(w, r)
	if err != nil {
		return "", err
	}
	if params.Has("access_token") && token != "" {
		return "", oauth.InvalidRequest.Errorf("two access tokens in one request")
	}
	if token == "" {
		token = params.Get("access_token")
	}
	return token, nil
}

// bearer is the challenge to whoever showed nothing, which says of no error (RFC 6750
// §3.1).
const bearer = `Bearer realm="ostiary"`

func bare(text string) error { return challenge{oauth.InvalidToken.Errorf("%s", text), bearer} }

// bearerChallenge says in the header what went wrong (RFC 6750 §3).
func bearerChallenge(err error) error {
	expected := issue.Expect(err)
	switch expected.Code {
	case oauth.InvalidRequest, oauth.InvalidToken, oauth.InsufficientScope:
		header := bearer + `, error="` + string(expected.Code) + `", error_description="` + expected.Description + `"`
		if expected.Code == oauth.InsufficientScope {
			header += `, scope="` + oauth.OpenID + `"`
		}
		return challenge{err, header}
	default:
		return err
	}
}
