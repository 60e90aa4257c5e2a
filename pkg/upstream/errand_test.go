package upstream_test

import (
	"errors"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
)

func TestO10AnErrandIsOfOneBrowser(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	answer := s.leave(s.add("there", op, nil), upstream.Wish{Interaction: "it"})
	for name, other := range map[string]oauth.Secret{"another browser": "the-secret-of-another-browser-that-somebody-lures-here", "none": ""} {
		if _, err := s.Receive(t.Context(), "there", answer.Get("state"), other); !errors.Is(err, upstream.ErrErrand) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	errand, err := s.Receive(t.Context(), "there", answer.Get("state"), browser) // it is still there for who it is
	if err != nil || errand.Interaction != "it" {
		t.Errorf("got %+v %v", errand, err)
	}
}

// Somebody is sent to one provider, whose code an attacker's provider is to be given
// (RFC 9700 §4.4): the answer arrives at the redirect URI of another.
func TestO11AnAnswerBelongsToTheProviderThatWasAsked(t *testing.T) {
	s, honest, evil := open(t), elsewhere.Open(t), elsewhere.Open(t)
	asked := s.add("honest", honest, nil)
	s.add("evil", evil, nil)
	answer := s.leave(asked, upstream.Wish{})
	if _, err := s.arrive("evil", answer); !errors.Is(err, upstream.ErrErrand) {
		t.Errorf("got %v", err)
	}
	if forms, _ := evil.Asked(); len(forms) != 0 {
		t.Errorf("the other provider was given %v", forms)
	}
}

func TestO11TheIssuerOfAnAnswerIsChecked(t *testing.T) {
	promise := func(doc map[string]any) { doc["authorization_response_iss_parameter_supported"] = true }
	for name, c := range map[string]struct {
		metadata func(map[string]any)
		iss      string // "own" for the provider's
		good     bool
	}{
		"its own":               {promise, "own", true},
		"missing, and promised": {promise, "", false},
		"another's":             {promise, "https://evil.example.com", false},
		"its own, unasked":      {nil, "own", true},
		"another's, unasked":    {nil, "https://evil.example.com", false},
		"never promised":        {nil, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			s, op := open(t), elsewhere.Open(t)
			op.Metadata = c.metadata
			op.Answer = func(answer url.Values) {
				if c.iss == "own" {
					c.iss = op.Issuer
				}
				if c.iss != "" {
					answer.Set("iss", c.iss)
				}
			}
			_, err := s.visit(s.add("there", op, nil))
			if (err == nil) != c.good {
				t.Errorf("got %v", err)
			}
			if forms, _ := op.Asked(); !c.good && len(forms) != 0 {
				t.Error("the code was redeemed all the same")
			}
		})
	}
}

func TestAnAnswerIsTakenOnce(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	answer := s.leave(s.add("there", op, nil), upstream.Wish{})
	var taken atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := s.Receive(t.Context(), "there", answer.Get("state"), browser); err == nil {
				taken.Add(1)
			} else if !errors.Is(err, upstream.ErrErrand) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if taken.Load() != 1 {
		t.Errorf("taken %d times", taken.Load())
	}
}

func TestAnAnswerNeedsAnErrand(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, nil)
	for _, state := range []string{"", "short", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ"} {
		if _, err := s.Receive(t.Context(), "there", state, browser); !errors.Is(err, upstream.ErrErrand) {
			t.Errorf("%q: got %v", state, err)
		}
	}
	answer := s.leave(p, upstream.Wish{})
	_, err := s.Providers.Update(t.Context(), "there", "", func(set *upstream.Settings) error { set.Disabled = true; return nil })
	must(t, err)
	if _, err := s.arrive("there", answer); !errors.Is(err, upstream.ErrErrand) {
		t.Errorf("a provider that was switched off meanwhile: got %v", err)
	}
	if _, err := s.Begin(t.Context(), upstream.Provider{ID: "there", Settings: upstream.Settings{Disabled: true}}, browser, upstream.Wish{}); err == nil {
		t.Error("somebody was sent to a provider that is switched off")
	}
}

// A code of another errand is good for nothing here: the verifier is this errand's (code
// injection: RFC 9700 §4.5).
func TestACodeOfAnotherErrandIsNotRedeemed(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, nil)
	stolen, own := s.leave(p, upstream.Wish{}), s.leave(p, upstream.Wish{})
	own.Set("code", stolen.Get("code"))
	if _, err := s.arrive("there", own); !errors.As(err, new(*upstream.Failure)) {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsAskedOfAProvider(t *testing.T) {
	s, op := open(t), elsewhere.Open(t)
	p := s.add("there", op, func(set *upstream.Settings) { set.ResponseMode = oauth.FormPost })
	zero := 0
	to, err := s.Begin(t.Context(), p, browser, upstream.Wish{LoginHint: "jo@example.com", MaxAge: &zero, ACRValues: []string{"gold", "silver"}})
	must(t, err)
	u, err := url.Parse(to)
	must(t, err)
	got := u.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "house", "redirect_uri": house + "/upstream/there/callback", "scope": "openid profile email",
		"code_challenge_method": "S256", "response_mode": "form_post", "login_hint": "jo@example.com", "max_age": "0", "prompt": "login",
		"acr_values": "gold silver",
	} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(got.Get(name)) < 43 {
			t.Errorf("%s is %q", name, got.Get(name))
		}
	}
}

func TestWhatAProviderAnswersInsteadOfACode(t *testing.T) {
	for name, c := range map[string]struct {
		bend    func(*elsewhere.OpenID)
		refused bool
	}{
		"no": {func(op *elsewhere.OpenID) {
			op.Answer = func(a url.Values) { a.Del("code"); a.Set("error", "access_denied") }
		}, true},
		"nothing":                    {func(op *elsewhere.OpenID) { op.Answer = func(a url.Values) { a.Del("code") } }, false},
		"an outage of its token end": {func(op *elsewhere.OpenID) { op.Status = 502 }, false},
		"an error of status 200": {func(op *elsewhere.OpenID) {
			op.Tokens = func(m map[string]any) { m["error"] = "temporarily_unavailable" }
		}, false},
		"no id_token":             {func(op *elsewhere.OpenID) { op.Tokens = func(m map[string]any) { delete(m, "id_token") } }, false},
		"no access token":         {func(op *elsewhere.OpenID) { op.Tokens = func(m map[string]any) { delete(m, "access_token") } }, false},
		"a token of another type": {func(op *elsewhere.OpenID) { op.Tokens = func(m map[string]any) { m["token_type"] = "mac" } }, false},
		"metadata of another issuer": {func(op *elsewhere.OpenID) {
			op.Metadata = func(m map[string]any) { m["issuer"] = "https://evil.example.com" }
		}, false},
		"metadata without a token end": {func(op *elsewhere.OpenID) { op.Metadata = func(m map[string]any) { delete(m, "token_endpoint") } }, false},
		"a door of plain http": {func(op *elsewhere.OpenID) {
			op.Metadata = func(m map[string]any) { m["authorization_endpoint"] = "http://evil.example.com/" }
		}, false},
		"a door that is a script": {func(op *elsewhere.OpenID) {
			op.Metadata = func(m map[string]any) { m["authorization_endpoint"] = "javascript:alert(1)" }
		}, false},
		"no algorithm that is verified": {func(op *elsewhere.OpenID) {
			op.Metadata = func(m map[string]any) { m["id_token_signing_alg_values_supported"] = []string{"none", "HS256"} }
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, op := open(t), elsewhere.Open(t)
			p := s.add("there", op, nil)
			c.bend(op)
			answer := url.Values{}
			to, err := s.Begin(t.Context(), p, browser, upstream.Wish{})
			if err == nil && to != "" {
				_, err = s.arrive(p.ID, s.leave(p, upstream.Wish{}))
			}
			var no *upstream.Refused
			if errors.As(err, &no) != c.refused || !c.refused && !errors.As(err, new(*upstream.Failure)) {
				t.Errorf("got %v after %v", err, answer)
			}
		})
	}
}

func TestO27AProviderIsReachedByTheGuardedDialer(t *testing.T) {
	s := open(t)
	for _, issuer := range []string{"https://169.254.169.254", "https://10.0.0.1", "https://[::ffff:10.0.0.1]"} {
		op := &elsewhere.OpenID{Issuer: issuer, Secret: "a-secret"}
		p := s.add("p"+string(rune('a'+len(issuer)%26)), op, nil)
		if _, err := s.Begin(t.Context(), p, browser, upstream.Wish{}); !errors.As(err, new(*upstream.Failure)) {
			t.Errorf("%s: got %v", issuer, err)
		}
	}
}
