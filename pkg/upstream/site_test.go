package upstream_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
	"github.com/ostiary-auth/ostiary/test/elsewhere"
	"github.com/ostiary-auth/ostiary/test/ring"
)

func TestMain(m *testing.M) { ring.Main(m) }

const (
	house   = "https://id.example.com"
	browser = oauth.Secret("the-secret-of-a-browser-that-nobody-else-has-got-here")
)

// site is a house whose people come from elsewhere.
type site struct {
	*upstream.RelyingParty
	t     testing.TB
	users *identity.Users
	table store.Table // of what lasts
}

func open(t testing.TB) site {
	t.Helper()
	folder := ring.Copy(t)
	sealer, signing := folder.Keys(t, folder.Users)
	users := identity.NewUsers(folder.Users, folder.State, identity.Lockout{})
	client := fetch.New(fetch.Options{AllowLoopback: true})
	return site{upstream.New(house, users, folder.Users, folder.State, sealer, signing, client), t, users, folder.Users}
}

// settings are those of a provider that is trusted with nothing.
func settings(op *elsewhere.OpenID) upstream.Settings {
	return upstream.Settings{
		Name: "There", Kind: upstream.OpenID, Issuer: op.Issuer, ClientID: "house", Auth: oauth.ClientSecretBasic,
		Scope: oauth.Scope{"openid", "profile", "email"},
	}
}

// add adds the provider under the ID.
func (s site) add(id string, op *elsewhere.OpenID, change func(*upstream.Settings)) upstream.Provider {
	s.t.Helper()
	set := settings(op)
	if change != nil {
		change(&set)
	}
	made, err := s.Providers.Add(s.t.Context(), id, set, oauth.Secret(op.Secret))
	must(s.t, err)
	return made
}

// leave goes to the provider and returns with what it says.
func (s site) leave(p upstream.Provider, wish upstream.Wish) url.Values {
	s.t.Helper()
	to, err := s.Begin(s.t.Context(), p, browser, wish)
	must(s.t, err)
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := stay.Get(to)
	must(s.t, err)
	defer response.Body.Close()
	back, err := response.Location()
	if err != nil || back.Scheme+"://"+back.Host+back.Path != upstream.RedirectURI(house, p.ID) {
		s.t.Fatalf("got back to %v %v", back, err)
	}
	return back.Query()
}

// arrive takes back who returns with the parameters.
func (s site) arrive(provider string, answer url.Values) (upstream.Vouched, error) {
	s.t.Helper()
	params, err := oauth.ParseParams(answer.Encode())
	must(s.t, err)
	errand, err := s.Receive(s.t.Context(), provider, params.Get("state"), browser)
	if err != nil {
		return upstream.Vouched{}, err
	}
	return s.Judge(s.t.Context(), errand, params)
}

// visit is the whole way.
func (s site) visit(p upstream.Provider) (upstream.Vouched, error) {
	s.t.Helper()
	return s.arrive(p.ID, s.leave(p, upstream.Wish{}))
}

// account is whose account somebody has come to.
func (s site) account(ctx context.Context, p upstream.Provider) (identity.User, error) {
	s.t.Helper()
	vouched, err := s.visit(p)
	must(s.t, err)
	return s.Account(ctx, vouched)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
