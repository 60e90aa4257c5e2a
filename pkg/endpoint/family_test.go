package endpoint_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// overtaken is a table at which somebody else comes first, once.
type overtaken struct {
	store.Table
	by *atomic.Pointer[func()]
}

func (o overtaken) Write(ctx context.Context, changes ...store.Change) error {
	if first := o.by.Swap(nil); first != nil {
		(*first)()
	}
	return o.Table.Write(ctx, changes...)
}

func TestO12ARevokedGrantIsNotBroughtBack(t *testing.T) {
	var by atomic.Pointer[func()]
	s := openOn(t, func(table store.Table) store.Table { return overtaken{table, &by} })
	tokens := s.signIn("&scope=openid")
	refresh := tokens.text("refresh_token")
	revoke := func() { s.post("/revoke", "client_id="+publicID+"&token="+url.QueryEscape(refresh)) }
	by.Store(&revoke) // between the refresh's look at the grant and its write
	s.wants(s.refresh(refresh), 400, oauth.InvalidGrant)
	if a := s.call("GET", "/userinfo", "", "Authorization: Bearer "+tokens.text("access_token")); a.StatusCode != 401 {
		t.Errorf("the grant is back: %s", a)
	}
}

func TestO08WhoLosesTheRaceGetsTheWinnersToken(t *testing.T) {
	var by atomic.Pointer[func()]
	s := openOn(t, func(table store.Table) store.Table { return overtaken{table, &by} })
	first := s.signIn().text("refresh_token")
	var winner, third string
	others := func() {
		winner = s.refresh(first).text("refresh_token")
		third = s.refresh(winner).text("refresh_token")
	}
	by.Store(&others)
	// By now it is two generations old, so somebody else has it.
	s.wants(s.refresh(first), 400, oauth.InvalidGrant)
	s.wants(s.refresh(third), 400, oauth.InvalidGrant)
}

func TestO35ScopeThatTheClientHasLost(t *testing.T) {
	s := open(t)
	tokens := s.signIn("&scope=openid+read+write")
	_, err := s.clients.Update(t.Context(), publicID, func(m *oauth.ClientMetadata) error {
		m.Scope = oauth.Scope{"openid", "read"}
		return nil
	})
	must(t, err)
	s.wants(s.refresh(tokens.text("refresh_token")), 400, oauth.InvalidScope)
	s.wants(s.refresh(tokens.text("refresh_token"), "&scope=write"), 400, oauth.InvalidScope)
	if a := s.refresh(tokens.text("refresh_token"), "&scope=openid+read"); a.text("scope") != "openid read" {
		t.Errorf("what it still has: %s", a)
	}
}

func TestNoRefreshTokenForWhoCannotRefresh(t *testing.T) {
	s := open(t)
	s.register(identity.Registration{ID: "short", ClientMetadata: oauth.ClientMetadata{
		TokenEndpointAuthMethod: oauth.NoAuth, GrantTypes: []oauth.GrantType{oauth.Password}, Scope: oauth.Scope{"read"},
	}})
	a := s.post("/token", "grant_type=password&client_id=short&username=alice&password="+url.QueryEscape(password))
	if a.StatusCode != 200 || a.json["refresh_token"] != nil {
		t.Errorf("got %s", a)
	}
}

func TestAGrantOutlivesItsAccessTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "REFRESH_IDLE_LIFETIME=72h")
		refresh := s.signIn().text("refresh_token")
		time.Sleep(71 * time.Hour)
		next := s.refresh(refresh)
		if next.StatusCode != 200 {
			t.Fatalf("got %s", next)
		}
		time.Sleep(71 * time.Hour)
		if a := s.refresh(next.text("refresh_token")); a.StatusCode != 200 {
			t.Errorf("got %s", a)
		}
	})
}

func TestAnExpiredRefreshTokenIsInactive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "REFRESH_IDLE_LIFETIME=1h")
		form := "grant_type=password&scope=read&username=alice&password=" + url.QueryEscape(password)
		old := s.post("/token", form, secretID, secret).text("refresh_token")
		ask := func(token string) any {
			return s.post("/introspect", "token="+url.QueryEscape(token), secretID, secret).json["active"]
		}
		current := s.post("/token", "grant_type=refresh_token&refresh_token="+url.QueryEscape(old), secretID, secret).text("refresh_token")
		if ask(old) != false || ask(current) != true {
			t.Errorf("the old one is %v, the current one %v", ask(old), ask(current))
		}
		time.Sleep(time.Hour) // the grant's record is still there
		if ask(current) != false {
			t.Error("an expired one is active")
		}
	})
}

func TestARefreshTokenOfADisabledPersonIsInactive(t *testing.T) {
	s := open(t)
	form := "grant_type=password&scope=read&username=alice&password=" + url.QueryEscape(password)
	token := s.post("/token", form, secretID, secret).text("refresh_token")
	must(t, s.people.Disable(t.Context(), s.alice.ID))
	if a := s.post("/introspect", "token="+url.QueryEscape(token), secretID, secret); string(a.body) != `{"active":false}` {
		t.Errorf("got %s", a)
	}
}

// sealedOff is a wrapping key that cannot be reached.
type sealedOff struct{}

func (sealedOff) Wrap(context.Context, []byte) ([]byte, error)   { return nil, keys.ErrUnavailable }
func (sealedOff) Unwrap(context.Context, []byte) ([]byte, error) { return nil, keys.ErrUnavailable }

// TestF26WithoutKMSATokenIsNotCalledWrong: a client that is told invalid_grant throws
// its refresh token away.
func TestF26WithoutKMSATokenIsNotCalledWrong(t *testing.T) {
	s := open(t)
	form := "grant_type=password&scope=read&username=alice&password=" + url.QueryEscape(password)
	token := url.QueryEscape(s.post("/token", form, secretID, secret).text("refresh_token"))
	cfg, err := config.FromMap(map[string]string{"ISSUER": issuer})
	must(t, err)
	sealer, err := keys.OpenSealer(t.Context(), s.users, sealedOff{})
	must(t, err)
	parts, err := issue.NewParts(cfg, s.users, s.state, sealer, keys.OpenRing(s.users, sealer, keys.PolicyFrom(cfg)))
	must(t, err)
	provider, err := endpoint.New(parts, slog.New(slog.DiscardHandler))
	must(t, err)
	cold := *s
	cold.mux = http.NewServeMux()
	cold.mux.Handle("/", provider.Token())
	for path, form := range map[string]string{
		"/token": "grant_type=refresh_token&refresh_token=" + token, "/introspect": "token=" + token, "/revoke": "token=" + token,
	} {
		cold.wants(cold.post(path, form, secretID, secret), 503, oauth.TemporarilyUnavailable)
	}
	if a := s.post("/token", "grant_type=refresh_token&refresh_token="+token, secretID, secret); a.StatusCode != 200 {
		t.Errorf("where KMS answers: %s", a)
	}
}
