package endpoint_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
)

// tell puts a message of alice's logout into the outbox, for a client with this URI.
func (s *site) tell(uri string) {
	s.t.Helper()
	s.register(identity.Registration{ID: "listener", ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.AuthorizationCode},
		RedirectURIs: []string{"https://app.example.com/callback"}, LogoutMetadata: oauth.LogoutMetadata{BackchannelLogoutURI: uri},
	}})
	must(s.t, s.state.Write(s.t.Context(), outbox.Open(s.state).Put(issue.LogoutMessage, map[string]string{
		"client_id": "listener", "sub": s.alice.ID, "sid": "a-session",
	})))
}

func TestDeliver(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		want   outbox.Report
	}{
		"taken":   {http.StatusOK, outbox.Report{Delivered: 1}},
		"refused": {http.StatusBadRequest, outbox.Report{Dead: 1}},
		"later":   {http.StatusServiceUnavailable, outbox.Report{Failed: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var token string
			client := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				token = r.PostFormValue("logout_token")
				w.WriteHeader(c.status)
			}))
			defer client.Close()
			s := open(t, "ISSUER=http://localhost:8080")
			s.tell(client.URL)
			got, err := s.provider.Deliver(t.Context())
			if err != nil || got != c.want {
				t.Errorf("got %+v %v, want %+v", got, err, c.want)
			}
			if strings.Count(token, ".") != 2 {
				t.Errorf("the client was sent %q", token)
			}
			if logged := s.logged.String(); strings.Contains(logged, token) || !strings.Contains(logged, "outbox drained") {
				t.Errorf("O50: got the log %s", logged)
			}
			before := s.logged.String()
			if again, err := s.provider.Deliver(t.Context()); err != nil || again != (outbox.Report{}) || s.logged.String() != before {
				t.Errorf("again: got %+v %v %s", again, err, s.logged.String())
			}
		})
	}
}

// A client registers where it wants to hear, so that address may be anybody's. Only a
// provider that is itself on this machine may call it.
func TestO26NothingIsDeliveredInside(t *testing.T) {
	client := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	client.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	client.StartTLS()
	defer client.Close()
	s := open(t)
	s.tell(client.URL)
	got, err := s.provider.Deliver(t.Context())
	if err != nil || got != (outbox.Report{Failed: 1}) || !strings.Contains(s.logged.String(), "not a public address") {
		t.Errorf("got %+v %v\n%s", got, err, s.logged.String())
	}
}

func TestAMessageThatNobodyKnowsIsGivenUp(t *testing.T) {
	s := open(t)
	must(t, s.state.Write(t.Context(), outbox.Open(s.state).Put("pigeon", "coo")))
	if got, err := s.provider.Deliver(t.Context()); err != nil || got != (outbox.Report{Dead: 1}) {
		t.Errorf("got %+v %v", got, err)
	}
}

// Who drains without knowing how mail is sent leaves it to who does.
func TestMailWaitsForWhoSendsIt(t *testing.T) {
	s := open(t)
	must(t, s.state.Write(t.Context(), outbox.Open(s.state).Put(issue.MailMessage, map[string]string{"to": "jo@example.com"})))
	if got, err := s.provider.Deliver(t.Context()); err != nil || got != (outbox.Report{Failed: 1}) {
		t.Errorf("got %+v %v", got, err)
	}
}
