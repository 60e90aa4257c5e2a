package elsewhere

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// GitHub is a look-alike of GitHub, as its documentation describes it: OAuth 2 without
// an id_token, answers of the token endpoint that are forms unless JSON is asked for,
// errors of status 200, and addresses that are an API call of their own.
type GitHub struct {
	URL    string
	User   map[string]any
	Emails []map[string]any
	Secret string
	Deny   bool // the person presses Cancel

	mu    sync.Mutex
	codes map[string]bool
}

// OpenGitHub starts a GitHub until the test ends.
func OpenGitHub(t testing.TB) *GitHub {
	t.Helper()
	g := &GitHub{
		User: map[string]any{"id": 583231, "login": "jo", "name": "Jo Example", "email": "seen@example.com", "avatar_url": "https://img.example.com/1"},
		Emails: []map[string]any{
			{"email": "old@example.com", "primary": false, "verified": true},
			{"email": "jo@example.com", "primary": true, "verified": true, "visibility": "private"},
		},
		Secret: "a-github-secret", codes: map[string]bool{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login/oauth/authorize", g.authorize)
	mux.HandleFunc("POST /login/oauth/access_token", g.token)
	mux.HandleFunc("GET /api/v3/user", g.api(func() any { return g.User }))
	mux.HandleFunc("GET /api/v3/user/emails", g.api(func() any { return g.Emails }))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	g.URL = server.URL
	return g
}

func (g *GitHub) authorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	answer := url.Values{"state": {query.Get("state")}}
	if g.Deny {
		answer.Set("error", "access_denied")
		answer.Set("error_description", "The user has denied your application access.")
		answer.Set("error_uri", "https://docs.example.com/denied")
	} else {
		code := strings.ToLower(rand.Text()[:20])
		g.mu.Lock()
		g.codes[code] = true
		g.mu.Unlock()
		answer.Set("code", code)
	}
	http.Redirect(w, r, query.Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
}

func (g *GitHub) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	g.mu.Lock()
	known := g.codes[r.PostForm.Get("code")]
	delete(g.codes, r.PostForm.Get("code"))
	g.mu.Unlock()
	answer := map[string]string{"access_token": "gho_16C7e42F292c6912E7710c838347Ae178B4a", "scope": "read:user,user:email", "token_type": "bearer"}
	switch {
	case r.PostForm.Get("client_secret") != g.Secret:
		answer = map[string]string{"error": "incorrect_client_credentials", "error_description": "The client_id and/or client_secret passed are incorrect."}
	case !known:
		answer = map[string]string{"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}
	}
	if r.Header.Get("Accept") == "application/json" {
		write(w, http.StatusOK, answer)
		return
	}
	form := url.Values{}
	for name, value := range answer {
		form.Set(name, value)
	}
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	_, _ = w.Write([]byte(form.Encode()))
}

// api answers the bearer of the token, who must say what program it is.
func (g *GitHub) api(say func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.UserAgent() == "":
			write(w, http.StatusForbidden, map[string]any{"message": "Request forbidden by administrative rules."})
		case !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer gho_"):
			write(w, http.StatusUnauthorized, map[string]any{"message": "Bad credentials", "status": "401"})
		default:
			write(w, http.StatusOK, say())
		}
	}
}
