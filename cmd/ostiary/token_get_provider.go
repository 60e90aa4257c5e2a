package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// provider is the issuer as a client sees it (OpenID Connect Discovery §3, RFC 9207
// §3).
type provider struct {
	Issuer                string `json:"issuer"`
	AuthorizationEndpoint string `json:"authorization_endpoint"`
	TokenEndpoint         string `json:"token_endpoint"`
	JWKSURI               string `json:"jwks_uri"`
	SendsIss              bool   `json:"authorization_response_iss_parameter_supported"`

	http *http.Client
}

// maxAnswerBytes bounds what is read of an answer.
const maxAnswerBytes = 1 << 20

// discover reads the issuer's metadata. What it names must be as safe as the issuer,
// for the code and the secret will go there.
func discover(ctx context.Context, issuer string) (provider, error) {
	p := provider{http: &http.Client{
		Timeout: 15 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("redirected, which an issuer does not")
		},
	}}
	if err := safe(issuer); err != nil {
		return p, err
	}
	body, err := p.get(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	if errors.Is(err, syscall.ECONNREFUSED) {
		return p, fmt.Errorf("nothing listens at %s: start it with ostiary serve, or name another --issuer", issuer)
	}
	if err != nil {
		return p, fmt.Errorf("the issuer's metadata: %w", err)
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return p, fmt.Errorf("the issuer's metadata is no JSON: %w", err)
	}
	if p.Issuer != issuer { // OpenID Connect Discovery §4.3
		return p, fmt.Errorf("%s calls itself %q; give that as --issuer", issuer, p.Issuer)
	}
	if p.AuthorizationEndpoint == "" {
		return p, fmt.Errorf("%s has no authorization endpoint", issuer)
	}
	for _, endpoint := range []string{p.AuthorizationEndpoint, p.TokenEndpoint, p.JWKSURI} {
		if err := safe(endpoint); err != nil {
			return p, err
		}
	}
	return p, nil
}

// safe wants https, or http that does not leave this machine.
func safe(target string) error {
	u, err := url.Parse(target)
	if err == nil && oauth.SecureURI(u) {
		return nil
	}
	return fmt.Errorf("%q is not a https URL, nor http on this machine", target)
}

func (p provider) get(ctx context.Context, target string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	status, body, err := p.do(request)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s answered with status %d", target, status)
	}
	return body, err
}

func (p provider) do(request *http.Request) (status int, body []byte, err error) {
	request.Header.Set("Accept", "application/json")
	response, err := p.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	return response.StatusCode, body, err
}

// exchange redeems the code (RFC 6749 §4.1.3, RFC 7636 §4.5).
func (p provider) exchange(ctx context.Context, g *tokenGet, asked asked, code string) (tokens, error) {
	form := url.Values{
		"grant_type": {string(oauth.AuthorizationCode)}, "code": {code}, "redirect_uri": {asked.redirectURI},
		"code_verifier": {asked.verifier},
	}
	if g.resource != "" {
		form.Set("resource", g.resource)
	}
	basic := g.secret != "" && oauth.AuthMethod(g.authMethod) == oauth.ClientSecretBasic
	if !basic {
		form.Set("client_id", g.client)
	}
	if g.secret != "" && !basic {
		form.Set("client_secret", string(g.secret))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.TokenEndpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return tokens{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic { // RFC 6749 §2.3.1
		request.SetBasicAuth(url.QueryEscape(g.client), url.QueryEscape(string(g.secret)))
	}
	status, body, err := p.do(request)
	if err != nil {
		return tokens{}, err
	}
	if status != http.StatusOK {
		return tokens{}, refused(status, body)
	}
	return parseTokens(bytes.TrimSpace(body))
}

// refused reads a token endpoint's error (RFC 6749 §5.2).
func refused(status int, body []byte) error {
	var failure struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &failure) != nil || failure.Code == "" {
		return fmt.Errorf("the token endpoint answered with status %d", status)
	}
	return failed(failure.Code, failure.Description)
}

// failed shows an error of the issuer. It is somebody else's text on a terminal,
// which control characters could steer.
func failed(code, description string) error {
	text := code
	if description != "" {
		text += ": " + description
	}
	quoted := fmt.Sprintf("%+q", text)
	return errors.New(strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`))
}

// checkIDToken applies OpenID Connect Core §3.1.3.7, where the issuer sent one.
func (p provider) checkIDToken(ctx context.Context, g *tokenGet, asked asked, idToken string) error {
	if idToken == "" {
		if slices.Contains(strings.Fields(g.scope), oauth.OpenID) {
			return errors.New("it is missing, though the scope has openid")
		}
		return nil
	}
	if strings.Count(idToken, ".") == 4 {
		fmt.Fprintln(g.err, "The id_token is encrypted to the client; it was not checked.")
		return nil
	}
	jws, err := jose.ParseCompact(idToken, jose.MaxAssertionBytes)
	if err != nil {
		return err
	}
	key, err := p.key(ctx, jws.Header, g.secret)
	if err != nil {
		return err
	}
	if err := jws.Verify(key); err != nil {
		return err
	}
	claims, err := jose.ParseClaims(jws.Payload)
	if err != nil {
		return err
	}
	iss, _, _ := claims.String("iss") // what is no text is not ours
	aud, _, _ := claims.Strings("aud")
	nonce, _, _ := claims.String("nonce")
	exp, _, err := claims.Time("exp")
	switch {
	case err != nil || !time.Now().Before(exp):
		return errors.New("it has expired")
	case iss != p.Issuer:
		return fmt.Errorf("it is from %q", iss)
	case !slices.Contains(aud, g.client):
		return errors.New("it is for another client")
	case nonce != asked.nonce: // it would answer another request than ours
		return errors.New("its nonce is not that of this request")
	}
	return nil
}

// key is the issuer's key of this name, or the client's secret for HS256 (OpenID
// Connect Core §10.1).
func (p provider) key(ctx context.Context, header jose.Header, secret oauth.Secret) (jose.Key, error) {
	if header.Alg.Symmetric() {
		return jose.NewSecretKey(header.KeyID, []byte(secret))
	}
	body, err := p.get(ctx, p.JWKSURI)
	if err != nil {
		return jose.Key{}, err
	}
	set, err := jose.ParseSet(body)
	if err != nil {
		return jose.Key{}, err
	}
	key, ok := set.Key(header.KeyID)
	if !ok {
		return jose.Key{}, fmt.Errorf("%s has no key %q", p.JWKSURI, header.KeyID)
	}
	return key, nil
}
