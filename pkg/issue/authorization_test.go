package issue_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func TestARequestIsReadWhole(t *testing.T) {
	s := open(t)
	req, client := s.ask(webID, "scope=openid offline_access read", "prompt=login consent", "max_age=60",
		"response_mode=form_post", "acr_values=a b", "ui_locales=de en", "claims_locales=de", "display=popup",
		"login_hint=alice", "resource=https://api.example.com", `claims={"userinfo":{"email":null},"id_token":{"name":{"essential":true}}}`,
		"unknown=1")
	age := 60
	want := issue.AuthorizationRequest{
		ClientID: webID, RedirectURI: callback, ResponseMode: oauth.FormPost, State: "a state", Nonce: "a nonce",
		CodeChallenge: req.CodeChallenge, Scope: oauth.Scope{"openid", "offline_access", "read"},
		Audience: []string{"https://api.example.com", issuer}, Prompt: []oauth.Prompt{"login", "consent"}, MaxAge: &age,
		ACRValues: []string{"a", "b"}, UILocales: []string{"de", "en"}, Display: "popup", LoginHint: "alice",
		Claims: issue.ClaimsRequest{
			Userinfo: map[string]issue.ClaimRequest{"email": {}}, IDToken: map[string]issue.ClaimRequest{"name": {Essential: true}},
		},
	}
	if diff := cmp.Diff(want, req); diff != "" || client.ID != webID {
		t.Error(diff)
	}
	kept, err := json.Marshal(req)
	must(t, err)
	var again issue.AuthorizationRequest
	must(t, json.Unmarshal(kept, &again))
	if diff := cmp.Diff(req, again); diff != "" {
		t.Errorf("as JSON: %s", diff)
	}
}

func TestHintsNeverFail(t *testing.T) {
	s := open(t)
	req, _ := s.ask(webID, "display=hologram", "login_hint="+strings.Repeat("a", 257), "ui_locales=se "+strings.Repeat("x", 99))
	if req.Display != "" || req.LoginHint != "" || !slices.Equal(req.UILocales, []string{"se"}) {
		t.Errorf("got %+v", req)
	}
}

func TestClientDefaultsFillIn(t *testing.T) {
	s := open(t)
	_, err := s.clients.Update(t.Context(), webID, func(m *oauth.ClientMetadata) error {
		age := 5
		m.DefaultMaxAge, m.DefaultACRValues = &age, []string{"gold"}
		return nil
	})
	must(t, err)
	req, _ := s.ask(webID, "scope=", "nonce=", "state=")
	if req.MaxAge == nil || *req.MaxAge != 5 || !slices.Equal(req.ACRValues, []string{"gold"}) ||
		req.Scope.String() != "openid profile email read" {
		t.Errorf("got %+v", req)
	}
}

// TestRefusals holds the row of the check table that each belongs to, whether the
// client may hear of it, and that the parameter is named.
func TestRefusals(t *testing.T) {
	s := open(t)
	s.register(machine())
	far := s.tokens(spaID, s.code(spaID)).IDToken
	for name, c := range map[string]struct {
		client string
		change string
		code   oauth.Code
		names  string // the offending parameter, which the description names
		shown  bool   // to the person, and nobody else
	}{
		"no client":                      {webID, "client_id=", oauth.InvalidRequest, "client_id", true},
		"unknown client":                 {webID, "client_id=nobody", oauth.InvalidRequest, "client_id", true},
		"no redirect URI":                {webID, "redirect_uri=", oauth.InvalidRequest, "redirect_uri", true},
		"state of 513 bytes":             {webID, "state=" + strings.Repeat("a", 513), oauth.InvalidRequest, "state", true},
		"fragment":                       {webID, "response_mode=fragment", oauth.InvalidRequest, "response_mode", true},
		"unknown response mode":          {webID, "response_mode=web_message", oauth.InvalidRequest, "response_mode", true},
		"request object":                 {webID, "request=eyJ", oauth.RequestNotSupported, "request", false},
		"request URI":                    {webID, "request_uri=https://evil.example.com", oauth.RequestURINotSupported, "request_uri", false},
		"registration":                   {webID, "registration={}", oauth.RegistrationNotSupported, "registration", false},
		"no response type":               {webID, "response_type=", oauth.InvalidRequest, "response_type", false},
		"nonce of 513 bytes":             {webID, "nonce=" + strings.Repeat("a", 513), oauth.InvalidRequest, "nonce", false},
		"none beside login":              {webID, "prompt=none login", oauth.InvalidRequest, "prompt", false},
		"unknown prompt":                 {webID, "prompt=create", oauth.InvalidRequest, "prompt", false},
		"scope beyond registration":      {webID, "scope=openid admin", oauth.InvalidScope, "scope", false},
		"resource beyond registration":   {webID, "resource=https://evil.example.com", oauth.InvalidTarget, "resource", false},
		"negative age":                   {webID, "max_age=-1", oauth.InvalidRequest, "max_age", false},
		"age of letters":                 {webID, "max_age=old", oauth.InvalidRequest, "max_age", false},
		"age that overflows":             {webID, "max_age=2147483648", oauth.InvalidRequest, "max_age", false},
		"claims that are no JSON":        {webID, "claims={", oauth.InvalidRequest, "claims", false},
		"claims with a name twice":       {webID, `claims={"userinfo":{},"userinfo":{}}`, oauth.InvalidRequest, "claims", false},
		"claims target that is a list":   {webID, `claims={"userinfo":[]}`, oauth.InvalidRequest, "claims", false},
		"claim that is true":             {webID, `claims={"userinfo":{"email":true}}`, oauth.InvalidRequest, "claims", false},
		"essential that is text":         {webID, `claims={"userinfo":{"email":{"essential":"yes"}}}`, oauth.InvalidRequest, "claims", false},
		"values that are text":           {webID, `claims={"userinfo":{"email":{"values":"yes"}}}`, oauth.InvalidRequest, "claims", false},
		"claims of 9 kB":                 {webID, `claims={"a":"` + strings.Repeat("a", 9<<10) + `"}`, oauth.InvalidRequest, "claims", false},
		"claims of two persons":          {webID, `claims={"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}`, oauth.InvalidRequest, "claims", false},
		"acr_values of 1 kB":             {webID, "acr_values=" + strings.Repeat("a ", 600), oauth.InvalidRequest, "acr_values", false},
		"acr that cannot be had":         {webID, `claims={"id_token":{"acr":{"essential":true,"values":["gold"]}}}`, oauth.UnmetAuthenticationRequirements, "acr", false},
		"hint that is no token":          {webID, "id_token_hint=alice", oauth.InvalidRequest, "id_token_hint", false},
		"hint for another client":        {webID, "id_token_hint=" + far, oauth.InvalidRequest, "id_token_hint", false},
		"client not registered for code": {"machine", "unknown=1", oauth.UnauthorizedClient, "authorization_code", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := s.parse(c.client, c.change)
			wants(t, err, c.code)
			if !strings.Contains(oauth.AsError(err).Description, c.names) {
				t.Errorf("%q does not name %s", oauth.AsError(err).Description, c.names)
			}
			var refusal *issue.Refusal
			if errors.As(err, &refusal) == c.shown {
				t.Errorf("got a %T", err)
			}
			if refusal != nil {
				s.answers(t, s.issuer.Refuse(refusal.Request, err), c.code)
			}
		})
	}
}

// answers holds what every response must: the state, the issuer, the code.
func (s *site) answers(t *testing.T, r issue.AuthorizationResponse, want oauth.Code) {
	t.Helper()
	if r.RedirectURI != callback || r.Mode != oauth.Query || r.Params.Get("state") != "a state" ||
		r.Params.Get("iss") != issuer || r.Params.Get("error") != string(want) || r.Params.Has("code") {
		t.Errorf("got %+v", r)
	}
}

func TestErrorsTravelAsTheRequestWants(t *testing.T) {
	s := open(t)
	for name, change := range map[string]string{
		"no response type": "response_type=", "request object": "request=eyJ", "prompt": "prompt=create",
	} {
		_, _, err := s.parse(webID, "response_mode=form_post", change)
		var refusal *issue.Refusal
		if !errors.As(err, &refusal) || s.issuer.Refuse(refusal.Request, err).Mode != oauth.FormPost {
			t.Errorf("%s: got %v, want it posted", name, err)
		}
	}
}

func TestResponsesKeepTheQueryOfTheRedirectURI(t *testing.T) {
	params := url.Values{"code": {"c&d"}, "state": {"a b"}}
	for uri, want := range map[string]string{
		"https://a.example":      "https://a.example?code=c%26d&state=a+b",
		"https://a.example/?x=y": "https://a.example/?x=y&code=c%26d&state=a+b",
		"https://a.example/?":    "https://a.example/?code=c%26d&state=a+b",
		"https://a.example/?x&":  "https://a.example/?x&code=c%26d&state=a+b",
		"com.example.app:/cb":    "com.example.app:/cb?code=c%26d&state=a+b",
	} {
		if got := (issue.AuthorizationResponse{RedirectURI: uri, Params: params}).Location(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestO30NoControlCharacterInTheLocation(t *testing.T) {
	s := open(t)
	req, client := s.ask(spaID, "state=a\r\nSet-Cookie: b=c\x7f")
	response, err := s.issuer.Authorize(t.Context(), req, client, s.signIn(s.alice))
	must(t, err)
	if i := strings.IndexFunc(response.Location(), func(r rune) bool { return r <= ' ' || r >= 0x7f }); i >= 0 {
		t.Errorf("got %q", response.Location())
	}
	if parsed, err := url.Parse(response.Location()); err != nil || parsed.Query().Get("state") != req.State {
		t.Errorf("the state is not the same: %v", err)
	}
}

func TestO11EveryResponseNamesTheIssuer(t *testing.T) {
	s := open(t)
	for _, mode := range issue.ResponseModes() {
		for _, state := range []string{"a state", ""} {
			req, client := s.ask(spaID, "response_mode="+string(mode), "state="+state)
			good, err := s.issuer.Authorize(t.Context(), req, client, s.signIn(s.alice))
			must(t, err)
			bad := s.issuer.Refuse(req, oauth.AccessDenied.Errorf("no"))
			broken := s.issuer.Refuse(req, errors.New("the disk is full"))
			for _, r := range []issue.AuthorizationResponse{good, bad, broken} {
				if r.Params.Get("iss") != issuer || r.Params.Has("state") != (state != "") || r.Params.Get("state") != state {
					t.Errorf("got %v", r.Params)
				}
			}
			if len(good.Params) != 2+len(req.State)/len("a state") {
				t.Errorf("a good response says more than code, iss and state: %v", good.Params)
			}
			if broken.Params.Get("error") != "server_error" || strings.Contains(broken.Params.Encode(), "disk") {
				t.Errorf("got %v", broken.Params)
			}
		}
	}
}
