package audit_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/admin/api"
	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/pages"
	"github.com/ostiary-auth/ostiary/test/person"
)

const adminAPI = issuer + "/admin/api"

// house is a world with all its doors, for people and administrators, too.
type house struct {
	*world
	all http.Handler
}

func openHouse(t testing.TB) *house {
	t.Helper()
	w := open(t, nil)
	doors, err := pages.New(w.parts, slog.New(slog.DiscardHandler))
	must(t, err)
	administration := api.New(w.parts, api.Letters{}, slog.New(slog.DiscardHandler)).Handler(doors.Admin())
	mux := http.NewServeMux()
	mux.Handle("/", doors.Handler())
	mux.Handle("/account", doors.Account())
	mux.Handle("/account/", doors.Account())
	mux.Handle("/admin", administration)
	mux.Handle("/admin/", administration)
	for _, path := range []string{"/token", "/revoke", "/register", "/register/"} {
		mux.Handle(path, w.door)
	}
	return &house{w, mux}
}

// RoundTrip takes a browser's request to the doors, from the network and by the program
// that every event of this house must name.
func (h *house) RoundTrip(r *http.Request) (*http.Response, error) {
	var body io.Reader = http.NoBody
	if r.Body != nil {
		body = r.Body
	}
	request := httptest.NewRequest(r.Method, r.URL.String(), body)
	request.Header = r.Header.Clone()
	request.Header.Set("User-Agent", browser)
	request.RemoteAddr = address + ":1234"
	recorder := httptest.NewRecorder()
	h.all.ServeHTTP(recorder, request)
	answer := recorder.Result()
	answer.Request = r
	return answer, nil
}

// ask sends a request of a program, in JSON, and returns the answer's body.
func (h *house) ask(method, address, token, body string) []byte {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, address, strings.NewReader(body))
	must(h.t, err)
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := h.RoundTrip(r)
	must(h.t, err)
	answer, err := io.ReadAll(response.Body)
	must(h.t, err)
	if response.StatusCode >= http.StatusInternalServerError {
		h.t.Fatalf("%s %s: got %d %s", method, address, response.StatusCode, answer)
	}
	return answer
}

// press opens a page as somebody, who signs in where they are asked to, and sends the form
// of a button.
func (h *house) press(p *person.Person, address, button string, fields url.Values) {
	h.t.Helper()
	page, err := p.Open(h.t.Context(), address)
	must(h.t, err)
	if page.Has("login-form") {
		page, err = p.Press(h.t.Context(), page, "login-submit", url.Values{"username": {p.Username}, "password": {p.Password}})
		must(h.t, err)
	}
	if button == "" {
		return
	}
	_, err = p.Press(h.t.Context(), page, button, fields)
	must(h.t, err)
}

// program gets a token for the Admin API with a scope.
func (h *house) program(id, scope string) string {
	h.t.Helper()
	_, _, err := h.parts.Clients.Add(h.t.Context(), identity.Registration{ID: id, Secret: secret, ClientMetadata: oauth.ClientMetadata{
		GrantTypes: []oauth.GrantType{oauth.ClientCredentials}, Scope: oauth.Scope{scope}, Audience: []string{adminAPI},
	}})
	must(h.t, err)
	r := httptest.NewRequest(http.MethodPost, issuer+"/token", strings.NewReader(url.Values{"grant_type": {"client_credentials"}, "resource": {adminAPI}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(id, string(secret))
	token, _ := h.send(r)["access_token"].(string)
	return token
}

// visitor is alice with a browser.
func (h *house) visitor() *person.Person {
	h.t.Helper()
	p, err := person.New(issuer, "alice", string(password), h)
	must(h.t, err)
	return p
}

// Whichever door somebody comes by, an event says who they are, and from where and by what
// they came: what the network and the browser say.
func TestDoorsSayWhoAndFromWhere(t *testing.T) {
	for name, c := range map[string]struct {
		does func(*house)
		want []string // beside the sign-in
	}{
		"for programs": {func(h *house) {
			h.signIn("alice", mistyped)
			tokens := h.signIn("alice", string(password))
			token, _ := tokens["refresh_token"].(string)
			h.post("/revoke", url.Values{"token": {token}})
		}, []string{
			"sign_in.failed refused stranger alice-1 -", "sign_in.succeeded ok person:alice-1 alice-1 app",
			"grant.ended ok system:end of a grant alice-1 app", "token.revoked ok client:app alice-1 app",
		}},
		"for clients that register themselves": {func(h *house) {
			_, token, err := h.parts.Clients.AddRegistrationToken(h.t.Context(), oauth.RegistrationTerms{}, 2, time.Hour)
			must(h.t, err)
			h.recorded() // made by nobody at a door
			h.register(string(token))
		}, []string{"client.registered ok client:ID - ID", "client.changed ok client:ID - ID", "client.deleted ok client:ID - ID"}},
		"for people": {func(h *house) {
			alice := h.visitor()
			alice.Password = mistyped
			h.press(alice, issuer+"/account", "", nil)
			alice.Password = string(password)
			h.press(alice, issuer+"/account", "", nil)
		}, []string{"sign_in.failed refused stranger alice-1 -", "sign_in.succeeded ok person:alice-1 alice-1 -"}},
		"for people at their account": {func(h *house) {
			alice := h.visitor()
			h.press(alice, issuer+"/account/password", "change-password-submit", url.Values{"current": {mistyped}, "password": {"another four score"}})
			h.press(alice, issuer+"/account/password", "change-password-submit", url.Values{"current": {string(password)}, "password": {"another four score"}})
		}, []string{
			"sign_in.succeeded ok person:alice-1 alice-1 -", "sign_in.failed refused person:alice-1 alice-1 -",
			"password.changed ok person:alice-1 alice-1 -", "session.ended ok person:alice-1 alice-1 -", "sign_in.succeeded ok person:alice-1 alice-1 -",
		}},
		"for administrators' programs": {func(h *house) {
			token := h.program("robot", "admin:groups:write")
			h.recorded()
			h.ask(http.MethodPost, adminAPI+"/groups", token, `{"name": "editors"}`)
		}, []string{"administration.announced announced administrator:robot - -", "group.made ok administrator:robot - -"}},
		"for administrators": {func(h *house) {
			_, err := h.parts.Users.Join(h.t.Context(), h.alice.ID, identity.Administrators)
			must(h.t, err)
			h.recorded()
			h.press(h.visitor(), issuer+"/admin/groups", "group-add", url.Values{"name": {"editors"}})
		}, []string{
			"sign_in.succeeded ok person:alice-1 alice-1 -",
			"administration.announced announced administrator:alice-1 - -", "group.made ok administrator:alice-1 - -",
		}},
		"for programs that administer nothing of the kind": {func(h *house) {
			token := h.program("reader", "admin:users:read")
			h.recorded()
			for range 30 { // of which ten are told
				h.ask(http.MethodPost, adminAPI+"/groups", token, `{"name": "editors"}`)
			}
		}, slices.Repeat([]string{"administration.refused refused client:reader - reader"}, 10)},
		"for those who would touch who may more": {func(h *house) {
			_, err := h.parts.Users.Join(h.t.Context(), h.alice.ID, identity.Administrators)
			must(h.t, err)
			token := h.program("helpdesk", "admin:users:write")
			h.recorded()
			h.ask(http.MethodPost, adminAPI+"/users/alice-1/disable", token, "")
		}, []string{"administration.refused refused client:helpdesk - helpdesk"}},
		"for people who administer nothing": {func(h *house) {
			h.press(h.visitor(), issuer+"/admin/keys", "", nil)
		}, []string{"sign_in.succeeded ok person:alice-1 alice-1 -", "administration.refused refused person:alice-1 alice-1 -"}},
		"for administrators of something else": {func(h *house) {
			_, err := h.parts.Users.AddGroup(h.t.Context(), identity.Group{Name: "helpdesk", Scope: oauth.Scope{"admin:users:read"}})
			must(h.t, err)
			_, err = h.parts.Users.Join(h.t.Context(), h.alice.ID, "helpdesk")
			must(h.t, err)
			h.recorded()
			h.press(h.visitor(), issuer+"/admin/keys", "", nil)
		}, []string{"sign_in.succeeded ok person:alice-1 alice-1 -", "administration.refused refused person:alice-1 alice-1 -"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := openHouse(t)
			begin := len(h.seen)
			c.does(h)
			slices.Sort(c.want)
			if diff := cmp.Diff(c.want, h.named()); diff != "" {
				t.Error(diff)
			}
			if begin == len(h.seen) {
				t.Error("nothing was recorded")
			}
		})
	}
}

// named are the new events, of which each must say from where it came. Whoever registered
// itself is called ID.
func (h *house) named() []string {
	h.t.Helper()
	id := ""
	for e, err := range h.parts.Trail.Oldest(h.t.Context(), audit.Cursor{}, time.Now().Add(time.Minute)) {
		must(h.t, err)
		if h.seen[e.ID] {
			continue
		}
		if e.Address != address || e.UserAgent != browser {
			h.t.Errorf("%s comes from %q by %q", e.Kind, e.Address, e.UserAgent)
		}
		if e.Kind == audit.ClientRegistered {
			id = e.Client
		}
	}
	lines := h.recorded()
	for i := range lines {
		if id != "" {
			lines[i] = strings.ReplaceAll(lines[i], id, "ID")
		}
	}
	return lines
}

// register makes, changes and deletes a client, as the client itself.
func (h *house) register(token string) {
	h.t.Helper()
	const metadata = `{"redirect_uris":["https://new.example.com/back"]`
	var made struct {
		ID    string `json:"client_id"`
		Token string `json:"registration_access_token"`
	}
	decode(h.t, h.ask(http.MethodPost, issuer+"/register", token, metadata+"}"), &made)
	changed := h.ask(http.MethodPut, issuer+"/register/"+made.ID, made.Token, metadata+`,"client_id":"`+made.ID+`","client_name":"New"}`)
	decode(h.t, changed, &made) // its token, too, may have changed
	if bytes.Contains(changed, []byte(`"error"`)) {
		h.t.Errorf("got %s", changed)
	}
	h.ask(http.MethodDelete, issuer+"/register/"+made.ID, made.Token, "")
}
