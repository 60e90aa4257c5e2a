package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Given is what a provider gave for a code, or for a refresh token.
type Given struct {
	AccessToken  oauth.Secret
	RefreshToken oauth.Secret
	IDToken      oauth.Secret
	Scope        string
	Expires      time.Time // of the access token; zero when the provider does not say
}

// redeem exchanges the code (RFC 6749 §4.1.3). With it goes the verifier that only this
// browser's errand has, so a code that was stolen, or slipped in, is good for nothing
// (RFC 7636 §4.6, RFC 9700 §4.5).
func (r *RelyingParty) redeem(ctx context.Context, e Errand, m metadata, code string) (Given, error) {
	if code == "" {
		return Given{}, errors.New("the answer has neither a code nor an error")
	}
	return r.ask(ctx, e.Provider, m, url.Values{
		"grant_type": {string(oauth.AuthorizationCode)}, "code": {code},
		"redirect_uri":  {RedirectURI(r.issuer, e.Provider.ID)},
		"code_verifier": {derived(e.browser, "verifier", e.state)},
	})
}

// ask speaks to the token endpoint.
func (r *RelyingParty) ask(ctx context.Context, p Provider, m metadata, form url.Values) (Given, error) {
	header := http.Header{"Accept": {"application/json"}} // GitHub answers with a form otherwise
	if err := r.authenticate(ctx, p, m, form, header); err != nil {
		return Given{}, err
	}
	answer, err := r.client.Exchange(ctx, m.token, form, header)
	if err != nil {
		return Given{}, err
	}
	members, err := jose.ParseClaims(answer.Body)
	if err != nil {
		return Given{}, fmt.Errorf("the token endpoint answered with status %d and no JSON object", answer.Status)
	}
	// GitHub says so with status 200.
	if code, present, _ := members.String("error"); present || answer.Status != http.StatusOK {
		return Given{}, &tokenError{answer.Status, code}
	}
	return r.readGiven(members)
}

// tokenError is what a token endpoint said instead of giving tokens (RFC 6749 §5.2).
type tokenError struct {
	status int
	code   string
}

// Error shows the code where it is one, and nothing else that a stranger wrote.
func (e *tokenError) Error() string {
	code := e.code
	if !oauth.IsScopeToken(code) || len(code) > 64 {
		code = "no error code"
	}
	return fmt.Sprintf("the token endpoint answered with status %d, %s", e.status, code)
}

func (r *RelyingParty) readGiven(members jose.Claims) (Given, error) {
	var access, refresh, id, kind string
	var g Given
	for name, value := range map[string]*string{
		"access_token": &access, "refresh_token": &refresh, "id_token": &id, "scope": &g.Scope, "token_type": &kind,
	} {
		var err error
		if *value, _, err = members.String(name); err != nil {
			return Given{}, fmt.Errorf("the token response: %w", err)
		}
	}
	if access == "" || !strings.EqualFold(kind, "Bearer") { // RFC 6749 §5.1
		return Given{}, errors.New("the token response holds no bearer token")
	}
	g.AccessToken, g.RefreshToken, g.IDToken = oauth.Secret(access), oauth.Secret(refresh), oauth.Secret(id)
	if seconds := expiresIn(members["expires_in"]); seconds > 0 {
		g.Expires = r.now().Add(time.Duration(seconds) * time.Second)
	}
	return g, nil
}

// expiresIn reads a number, which some providers write as a text, of a year at most.
func expiresIn(member any) int {
	seconds, _ := member.(float64)
	if text, ok := member.(string); ok {
		n, _ := strconv.Atoi(text) // what is none is 0
		seconds = float64(n)
	}
	if seconds < 0 || seconds > 366*24*60*60 {
		return 0
	}
	return int(seconds)
}
