package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// good is an answer about a good token; EXP stands for an hour from now.
const good = `{"active":true,"iss":"https://id.example.com","aud":"https://api.example.com","sub":"alice","client_id":"demo",
	"token_type":"Bearer","scope":"a b","exp":EXP,"iat":900000000,"jti":"j1"}`

// introspected is an issuer that answers about tokens.
type introspected struct {
	*provider
	mu     sync.Mutex
	answer string
	status int
	forms  []string
}

func newIntrospected(t *testing.T, answer string) *introspected {
	a := &introspected{provider: newProvider(t), answer: answer, status: http.StatusOK}
	a.mux.HandleFunc("POST /introspect", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		user, password, _ := r.BasicAuth()
		a.mu.Lock()
		defer a.mu.Unlock()
		a.forms = append(a.forms, user+":"+password+" "+r.PostForm.Encode())
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(a.answer))
	})
	return a
}

func (a *introspected) says(status int, answer string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status, a.answer = status, strings.ReplaceAll(answer, "EXP", strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10))
}

// times returns how often it was asked since the last time.
func (a *introspected) times() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.forms)
	a.forms = nil
	return n
}

func (a *introspected) verifier(t *testing.T, change func(*verify.IntrospectionPolicy)) *verify.Introspection {
	t.Helper()
	p := verify.IntrospectionPolicy{
		Issuer: issuer, Endpoint: a.URL + "/introspect", ClientID: "the api", Secret: "s:cret", Audience: []string{audience},
	}
	if change != nil {
		change(&p)
	}
	v, err := verify.NewIntrospection(p, loopback())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestIntrospection(t *testing.T) {
	a := newIntrospected(t, "")
	synctest.Test(t, func(t *testing.T) {
		a.says(200, good)
		got, err := a.verifier(t, nil).Verify(t.Context(), "opaque-1")
		if err != nil {
			t.Fatal(err)
		}
		if got.Subject != "alice" || got.ClientID != "demo" || got.ID != "j1" || got.Scope.String() != "a b" || got.Issuer != issuer ||
			!got.Expires.Equal(time.Now().Add(time.Hour)) || got.Claims["jti"] != "j1" {
			t.Errorf("got %+v", got)
		}
		want := "the+api:s%3Acret token=opaque-1&token_type_hint=access_token" // RFC 6749 §2.3.1
		if len(a.forms) != 1 || a.forms[0] != want {
			t.Errorf("asked %q, want %q", a.forms, want)
		}
	})
}

// RFC 6750 §2.1 says what tokens are made of; nothing else reaches an issuer.
func TestOnlyWhatMayBeATokenIsAskedAbout(t *testing.T) {
	a := newIntrospected(t, "")
	synctest.Test(t, func(t *testing.T) {
		a.says(200, good)
		v := a.verifier(t, nil)
		if _, err := v.Verify(t.Context(), "azAZ09-._~+/="); err != nil || len(a.forms) != 1 {
			t.Errorf("got %v, %q", err, a.forms)
		}
		for _, odd := range []string{"`", "{", "@", "[", ":", "é", "名", " ", "\n", "\x00", "\"", ",", "&", "%"} {
			if _, err := v.Verify(t.Context(), "a"+odd+"b"); !oauth.InvalidToken.In(err) {
				t.Errorf("%q: got %v", odd, err)
			}
		}
		if len(a.forms) != 1 {
			t.Errorf("asked %q", a.forms)
		}
	})
}

// RFC 7662 §2.2: what makes an answer a refusal, and what makes it none.
func TestJ30J31AnswersAboutTokens(t *testing.T) {
	noAud := func(p *verify.IntrospectionPolicy) { p.NoAud, p.Audience = true, nil }
	for name, row := range map[string]struct {
		answer string
		policy func(*verify.IntrospectionPolicy)
		good   bool
	}{
		"not active":                           {`{"active":false}`, nil, false},
		"not active, with all the rest":        {strings.Replace(good, "true", "false", 1), nil, false},
		"J29 another issuer":                   {strings.Replace(good, "id.example.com", "id.example.com/", 1), nil, false},
		"no issuer":                            {`{"active":true,"aud":"https://api.example.com","sub":"alice"}`, nil, true},
		"J31 another audience":                 {strings.Replace(good, "api.example.com", "api.example.co", 1), nil, false},
		"J31 no audience":                      {`{"active":true,"sub":"alice","token_type":"Bearer"}`, nil, false},
		"one of several audiences":             {`{"active":true,"sub":"alice","aud":["x","https://api.example.com"]}`, nil, true},
		"no audience where there is none":      {`{"active":true,"sub":"alice","token_type":"bearer"}`, noAud, true},
		"J30 nothing says what kind it is":     {`{"active":true,"sub":"alice"}`, noAud, false},
		"J30 a refresh token":                  {strings.Replace(good, "Bearer", "refresh_token", 1), nil, false},
		"J30 a refresh token by its use":       {`{"active":true,"sub":"alice","token_type":"Bearer","token_use":"refresh_token"}`, noAud, false},
		"a token bound to a key":               {strings.Replace(good, `Bearer"`, `DPoP","cnf":{"jkt":"x"}`, 1), nil, true},
		"O20 bound to a key that is not told":  {strings.Replace(good, "Bearer", "DPoP", 1), nil, false},
		"O20 bound to something else":          {strings.Replace(good, `Bearer"`, `dpop","cnf":{"x5t#S256":"x"}`, 1), nil, false},
		"J24 expired":                          {strings.Replace(good, "EXP", "1600000000", 1), nil, false},
		"J24 exp that is text":                 {strings.Replace(good, "EXP", `"4000000000"`, 1), nil, false},
		"no exp":                               {`{"active":true,"sub":"alice","aud":"https://api.example.com"}`, nil, true},
		"J25 issued in the future":             {strings.Replace(good, "900000000", "4000000000", 1), nil, false},
		"J25 not yet good":                     {strings.Replace(good, `"jti"`, `"nbf":4000000000,"jti"`, 1), nil, false},
		"nobody's":                             {`{"active":true,"aud":"https://api.example.com"}`, nil, false},
		"a machine's":                          {`{"active":true,"aud":"https://api.example.com","client_id":"demo"}`, nil, true},
		"sub that is a list":                   {`{"active":true,"aud":"https://api.example.com","sub":["alice"]}`, nil, false},
		"scope that is a list":                 {`{"active":true,"aud":"https://api.example.com","sub":"alice","scope":["a"]}`, nil, false},
		"a claim that is required and missing": {good, func(p *verify.IntrospectionPolicy) { p.RequiredClaims = map[string][]string{"tenant": {}} }, false},
	} {
		a := newIntrospected(t, "")
		a.says(200, row.answer)
		got, err := a.verifier(t, row.policy).Verify(t.Context(), "opaque")
		if row.good != (err == nil) || err == nil && got.Subject == "" {
			t.Errorf("%s: got %+v %v, want good %v", name, got, err, row.good)
		}
		if err != nil {
			refused(t, name, err)
		}
	}
}

// An issuer that answers wrongly, hugely or not at all is not the caller's fault,
// and never lets anybody in.
func TestF06IssuerThatAnswersBadly(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		answer string
	}{
		"status 500":           {500, good},
		"our client is wrong":  {401, `{"error":"invalid_client"}`},
		"a redirect":           {302, good},
		"html":                 {200, "<html>"},
		"nothing":              {200, ""},
		"a list":               {200, `[` + good + `]`},
		"active is missing":    {200, `{"sub":"alice","aud":"https://api.example.com"}`},
		"active is text":       {200, strings.Replace(good, "true", `"true"`, 1)},
		"active is a number":   {200, strings.Replace(good, "true", "1", 1)},
		"J10 active is twice":  {200, strings.Replace(good, "true", `false,"active":true`, 1)},
		"hugely":               {200, strings.Repeat(" ", fetch.MaxBodyBytes) + good},
		"JSON that breaks off": {200, good[:40]},
	} {
		a := newIntrospected(t, "")
		a.says(row.status, row.answer)
		v := a.verifier(t, nil)
		for range 3 {
			if _, err := v.Verify(t.Context(), "opaque"); !errors.Is(err, verify.ErrIssuerUnavailable) || oauth.InvalidToken.In(err) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
	a := newIntrospected(t, good)
	v := a.verifier(t, nil)
	a.Close()
	if _, err := v.Verify(t.Context(), "opaque"); !errors.Is(err, verify.ErrIssuerUnavailable) {
		t.Errorf("not at all: got %v", err)
	}
}

func TestF06IssuerThatAnswersSlowly(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.mux.HandleFunc("POST /introspect", func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // a server notices that the client went when it has read the request
		<-r.Context().Done()
	})
	v, err := verify.NewIntrospection(verify.IntrospectionPolicy{
		Issuer: issuer, Endpoint: p.URL + "/introspect", ClientID: "api", Secret: "s", Audience: []string{audience},
	}, loopback())
	if err != nil {
		t.Fatal(err)
	}
	// The test's own deadline is what fails, were the client's not there.
	if _, err := v.Verify(context.WithoutCancel(t.Context()), "opaque"); !errors.Is(err, verify.ErrIssuerUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestIntrospectionEndpointIsDiscovered(t *testing.T) {
	a := newIntrospected(t, "")
	a.provider.says(wellKnown, `{"issuer":"ISSUER","introspection_endpoint":"ISSUER/introspect"}`)
	a.says(200, strings.Replace(good, "https://id.example.com", a.URL, 1))
	v := a.verifier(t, func(p *verify.IntrospectionPolicy) {
		p.Issuer, p.Endpoint, p.Metadata = a.URL, "", verify.NewMetadata(loopback(), a.URL)
	})
	if _, err := v.Verify(t.Context(), "opaque"); err != nil {
		t.Error(err)
	}
}

func TestIntrospectionPoliciesThatCannotBe(t *testing.T) {
	for name, spoil := range map[string]func(*verify.IntrospectionPolicy){
		"zero":               func(p *verify.IntrospectionPolicy) { *p = verify.IntrospectionPolicy{} },
		"no issuer":          func(p *verify.IntrospectionPolicy) { p.Issuer = "" },
		"no endpoint":        func(p *verify.IntrospectionPolicy) { p.Endpoint = "" },
		"no client":          func(p *verify.IntrospectionPolicy) { p.ClientID = "" },
		"no secret":          func(p *verify.IntrospectionPolicy) { p.Secret = "" },
		"no audience":        func(p *verify.IntrospectionPolicy) { p.Audience = nil },
		"an empty audience":  func(p *verify.IntrospectionPolicy) { p.Audience = []string{""} },
		"an audience and no": func(p *verify.IntrospectionPolicy) { p.NoAud = true },
	} {
		p := verify.IntrospectionPolicy{Issuer: issuer, Endpoint: issuer + "/i", ClientID: "api", Secret: "s", Audience: []string{audience}}
		spoil(&p)
		if _, err := verify.NewIntrospection(p, loopback()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	p := verify.IntrospectionPolicy{Issuer: issuer, Endpoint: issuer + "/i", ClientID: "api", Secret: "s", Audience: []string{audience}}
	if _, err := verify.NewIntrospection(p, nil); err == nil {
		t.Error("nobody to ask by: accepted")
	}
}

// Whatever an issuer answers: what is accepted says so by a true, is for this API,
// of somebody, and neither over nor from the future.
func FuzzIntrospectionAnswer(f *testing.F) {
	v, err := verify.NewIntrospection(verify.IntrospectionPolicy{
		Issuer: issuer, Endpoint: issuer + "/i", ClientID: "api", Secret: "s", Audience: []string{audience},
	}, loopback())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(strings.ReplaceAll(good, "EXP", "4000000000"))
	f.Add(`{"active":true,"aud":["https://api.example.com",1],"client_id":"c"}`)
	now := time.Unix(1_700_000_000, 0)
	f.Fuzz(func(t *testing.T, answer string) {
		got, err := v.Judge([]byte(answer), now)
		if err != nil {
			return
		}
		var want map[string]any
		if err := json.Unmarshal([]byte(answer), &want); err != nil {
			t.Fatalf("%s: %v", answer, err)
		}
		if want["active"] != true || !slices.Contains(got.Audience, audience) || got.Subject == "" || !got.Expires.After(now) {
			t.Errorf("%s is accepted as %+v", answer, got)
		}
	})
}
