package verify_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// people is an issuer with a userinfo endpoint.
type people struct {
	*provider
	mu     sync.Mutex
	status int
	answer string
	tokens []string
}

func newPeople(t *testing.T) *people {
	p := &people{provider: newProvider(t), status: 200, answer: `{"sub":"alice","email":"a@example.com","name":"Alice","role":"admin"}`}
	p.says(wellKnown, `{"issuer":"ISSUER","userinfo_endpoint":"ISSUER/userinfo"}`)
	p.mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.tokens = append(p.tokens, r.Header.Get("Authorization"))
		w.WriteHeader(p.status)
		_, _ = w.Write([]byte(p.answer))
	})
	return p
}

func (p *people) answers(status int, answer string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.answer = status, answer
}

func (p *people) asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.tokens)
	p.tokens = nil
	return n
}

func (p *people) userinfo() *verify.Userinfo {
	return verify.NewUserinfo(loopback(), verify.NewMetadata(loopback(), p.URL), []string{"email", "name"})
}

func alices(id string) oauth.AccessToken {
	return oauth.AccessToken{
		Issuer: issuer, Subject: "alice", ID: id, Expires: time.Now().Add(90 * time.Second),
		Claims: map[string]any{"sub": "alice", "name": "As signed"},
	}
}

func TestUserinfoAddsWhatTheTokenLacks(t *testing.T) {
	p := newPeople(t)
	token := alices("j1")
	got, err := p.userinfo().Add(t.Context(), token, "secret.token")
	if err != nil {
		t.Fatal(err)
	}
	if got.Claims["email"] != "a@example.com" || got.Claims["name"] != "As signed" || got.Claims["role"] != nil || token.Claims["email"] != nil {
		t.Errorf("got %v", got.Claims)
	}
	if p.tokens[0] != "Bearer secret.token" {
		t.Errorf("asked as %q", p.tokens[0])
	}
}

func TestUserinfoIsRemembered(t *testing.T) {
	p := newPeople(t)
	synctest.Test(t, func(t *testing.T) {
		u := p.userinfo()
		token := alices("j1")
		check := func(what string, t2 oauth.AccessToken, text string, asked int) {
			t.Helper()
			if _, err := u.Add(t.Context(), t2, text); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if got := p.asked(); got != asked {
				t.Errorf("%s: asked %d times, want %d", what, got, asked)
			}
		}
		check("first", token, "a", 1)
		check("J16 the same token in another spelling", token, "b", 0)
		check("another token", alices("j2"), "a", 1)
		check("no id", alices(""), "a", 1)
		check("no id, the same bytes", alices(""), "a", 0)
		check("no id, other bytes", alices(""), "b", 1)
		time.Sleep(time.Minute)
		check("after a minute", token, "a", 1)
		time.Sleep(30 * time.Second)
		check("never beyond exp", token, "a", 1)
	})
}

func TestUserinfoThatAnswersBadly(t *testing.T) {
	for name, row := range map[string]struct {
		status  int
		answer  string
		refused bool
	}{
		"the token was revoked": {401, "", true},
		"forbidden":             {403, "", false},
		"status 500":            {500, "", false},
		"a redirect":            {302, "", false},
		"another subject":       {200, `{"sub":"mallory","email":"m@example.com"}`, false},
		"no subject":            {200, `{"email":"m@example.com"}`, false},
		"a JWT":                 {200, "a.b.c", false},
		"J10 a subject twice":   {200, `{"sub":"mallory","sub":"alice"}`, false},
	} {
		p := newPeople(t)
		p.answers(row.status, row.answer)
		got, err := p.userinfo().Add(t.Context(), alices("j1"), "a")
		if err == nil || row.refused != oauth.InvalidToken.In(err) || !row.refused && !errors.Is(err, verify.ErrIssuerUnavailable) {
			t.Errorf("%s: got %v %v", name, got.Claims, err)
		}
	}
}
