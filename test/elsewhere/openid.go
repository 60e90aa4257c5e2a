// Package elsewhere is other identity providers that say whatever a test tells them to:
// an OpenID provider, and a GitHub with GitHub's quirks. They ask nobody for a password.
package elsewhere

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// OpenID is an OpenID provider. Its fields may be changed between two visits.
type OpenID struct {
	Issuer string
	Signer josetest.Signer
	Secret string // the client's

	Person   map[string]any           // claims of the id_token, beside those of the protocol
	Userinfo map[string]any           // what userinfo says
	Metadata func(map[string]any)     // bends the metadata
	JWK      string                   // more members of its key
	Bend     func(Token)              // bends the id_token
	Answer   func(url.Values)         // bends the authorization response
	Tokens   func(map[string]any)     // bends the token response
	Posts    bool                     // answers by a form where that is asked for, as a browser can send
	Status   int                      // of the token endpoint; 200 where it is 0
	Rotates  bool                     // gives refresh tokens, each of which works once: a second time ends them all
	Renewing func()                   // is called before a refresh token is looked at
	Seal     func(h, p string) string // makes the id_token; Signer where it is nil

	mu    sync.Mutex
	codes map[string]url.Values // what the code was asked for
	asked []http.Header         // of the token endpoint
	forms []url.Values
	count int

	refresh map[string]bool // refresh tokens; true for those that were not used
	renewed int
}

// Token is an id_token before it is signed.
type Token struct{ Header, Claims map[string]any }

// Open starts a provider that knows one person, until the test ends.
func Open(t testing.TB) *OpenID {
	t.Helper()
	p := &OpenID{
		Signer: josetest.New(oauth.ES256), Secret: "a-secret-of-more-than-thirty-two-bytes", codes: map[string]url.Values{},
		Person: map[string]any{"sub": "jo-there", "email": "jo@example.com", "email_verified": true, "name": "Jo Example"},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.metadata)
	mux.HandleFunc("GET /jwks", p.jwks)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, p.Userinfo) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.Issuer = server.URL
	return p
}

// Asked returns the forms that the token endpoint was sent, and their headers.
func (p *OpenID) Asked() ([]url.Values, []http.Header) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.forms, p.asked
}

// Visits is how many times somebody was sent here.
func (p *OpenID) Visits() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

func (p *OpenID) metadata(w http.ResponseWriter, _ *http.Request) {
	doc := map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token",
		"userinfo_endpoint": p.Issuer + "/userinfo", "jwks_uri": p.Issuer + "/jwks", "end_session_endpoint": p.Issuer + "/end",
		"id_token_signing_alg_values_supported":            []string{"ES256", "RS256", "HS256", "none"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"RS256", "ES256"},
	}
	if p.Metadata != nil {
		p.Metadata(doc)
	}
	write(w, http.StatusOK, doc)
}

func (p *OpenID) jwks(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(josetest.JWKS(p.Signer.JWK("key", p.JWK))))
}

// authorize says yes at once.
func (p *OpenID) authorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	p.mu.Lock()
	p.count++
	code := "code-" + query.Get("state")[:8]
	p.codes[code] = query
	p.mu.Unlock()
	answer := url.Values{"code": {code}, "state": {query.Get("state")}}
	if p.Answer != nil {
		p.Answer(answer)
	}
	if query.Get("response_mode") == "form_post" && p.Posts {
		post(w, query.Get("redirect_uri"), answer)
		return
	}
	http.Redirect(w, r, query.Get("redirect_uri")+"?"+answer.Encode(), http.StatusSeeOther)
}

// post answers by a form that sends itself (OAuth 2.0 Form Post Response Mode §2).
func post(w http.ResponseWriter, to string, answer url.Values) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><form method="post" action="%s">`, html.EscapeString(to))
	for name := range answer {
		fmt.Fprintf(w, `<input type="hidden" name="%s" value="%s">`, html.EscapeString(name), html.EscapeString(answer.Get(name)))
	}
	fmt.Fprint(w, `</form><script>document.forms[0].submit()</script>`)
}

// token holds the client to what it asked for: redirect URI and PKCE.
func (p *OpenID) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	if r.PostForm.Get("grant_type") == "refresh_token" {
		p.renew(w, r.PostForm.Get("refresh_token"))
		return
	}
	p.mu.Lock()
	p.asked, p.forms = append(p.asked, r.Header.Clone()), append(p.forms, r.PostForm)
	query, known := p.codes[r.PostForm.Get("code")]
	delete(p.codes, r.PostForm.Get("code"))
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if !known || base64.RawURLEncoding.EncodeToString(sum[:]) != query.Get("code_challenge") ||
		r.PostForm.Get("redirect_uri") != query.Get("redirect_uri") {
		write(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	answer := map[string]any{
		"access_token": "an-access-token", "token_type": "Bearer", "expires_in": 300, "id_token": p.idToken(query),
	}
	if p.Rotates {
		answer["refresh_token"] = p.rotate()
	}
	if p.Tokens != nil {
		p.Tokens(answer)
	}
	write(w, cmp.Or(p.Status, http.StatusOK), answer)
}

// rotate makes the next refresh token.
func (p *OpenID) rotate() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refresh == nil {
		p.refresh = map[string]bool{}
	}
	token := "refresh-token-" + rand.Text()
	p.refresh[token] = true
	return token
}

// Renewed is how many refresh tokens came.
func (p *OpenID) Renewed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.renewed
}

// renew takes a refresh token once (RFC 9700 §4.14.2).
func (p *OpenID) renew(w http.ResponseWriter, token string) {
	if p.Renewing != nil {
		p.Renewing()
	}
	p.mu.Lock()
	p.renewed++
	good, used := p.refresh[token]
	if p.Status == 0 && good {
		p.refresh[token] = false
	} else if p.Status == 0 && used {
		clear(p.refresh)
	}
	p.mu.Unlock()
	switch {
	case p.Status != 0:
		write(w, p.Status, map[string]any{})
	case !good:
		write(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
	default:
		write(w, http.StatusOK, map[string]any{
			"access_token": "a-renewed-access-token", "token_type": "Bearer", "expires_in": 300, "refresh_token": p.rotate(),
		})
	}
}

func (p *OpenID) idToken(query url.Values) string {
	now := time.Now().Unix()
	t := Token{
		Header: map[string]any{"alg": string(p.Signer.Alg), "kid": "key"},
		Claims: map[string]any{"iss": p.Issuer, "aud": query.Get("client_id"), "nonce": query.Get("nonce"), "iat": now, "exp": now + 300},
	}
	maps.Copy(t.Claims, p.Person)
	if p.Bend != nil {
		p.Bend(t)
	}
	header, _ := json.Marshal(t.Header) // of texts
	claims, _ := json.Marshal(t.Claims)
	if p.Seal != nil {
		return p.Seal(string(header), string(claims))
	}
	return p.Signer.Compact(string(header), string(claims))
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the test has gone
}

// Forget has no refresh token work any more, as when a person takes back what they
// allowed.
func (p *OpenID) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.refresh)
}
