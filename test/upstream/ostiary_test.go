// Package upstream_test answers "can people really sign in by somebody else?": other
// providers, run as they are, and the program itself as their client.
package upstream_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/test/person"
	"github.com/ostiary-auth/ostiary/test/serving"
)

const (
	callback = "https://app.example.com/cb"
	verifier = "a-verifier-of-at-least-forty-three-characters-it-is"
	password = "correct horse battery staple"
)

// house is a provider with a client whose people come from elsewhere.
type house struct {
	*serving.Server
	app serving.Client
}

func openHouse(t *testing.T) house {
	t.Helper()
	h := house{Server: serving.Start(t, nil)}
	h.app = h.AddClient(t, map[string]any{
		"client_id": "app", "redirect_uris": []string{callback}, "scope": "openid profile email", "skip_consent": true,
	})
	return h
}

// connect lets people in by the provider at the issuer.
func (h house) connect(t *testing.T, id, issuer string, made serving.Client, flags ...string) {
	t.Helper()
	arguments := append([]string{"provider", "add", id, "--issuer", issuer, "--client-id", made.ID}, flags...)
	h.Run(t, strings.NewReader(made.Secret+"\n"), arguments...)
}

func (h house) redirectURI(id string) string { return h.Issuer + "/upstream/" + id + "/callback" }

// request is the URL by which the client sends people here.
func (h house) request(parameters ...string) string {
	sum := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"client_id": {"app"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile email"}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	return h.Issuer + "/authorize?" + query.Encode()
}

// claims are those of the id_token that the client gets for what has arrived.
func (h house) claims(t *testing.T, arrived *person.Arrival) map[string]any {
	t.Helper()
	token, _ := h.redeem(t, arrived)["id_token"].(string)
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token+"..", ".")[1])
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(payload, &claims))
	return claims
}

// redeem gets the client what it gets for what has arrived.
func (h house) redeem(t *testing.T, arrived *person.Arrival) map[string]any {
	t.Helper()
	if arrived == nil || arrived.Params().Get("code") == "" {
		t.Fatalf("no code arrived: %+v", arrived)
	}
	return h.post(t, url.Values{
		"grant_type": {"authorization_code"}, "code": {arrived.Params().Get("code")}, "redirect_uri": {callback}, "code_verifier": {verifier},
	})
}

// post has the client ask the token endpoint.
func (h house) post(t *testing.T, form url.Values) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.Issuer+"/token", strings.NewReader(form.Encode()))
	must(t, err)
	r.SetBasicAuth(h.app.ID, h.app.Secret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	var answer map[string]any
	must(t, json.NewDecoder(response.Body).Decode(&answer))
	return answer
}

// visitor has a browser that stays at both providers.
func (h house) visitor(t *testing.T, username, other string) *person.Person {
	t.Helper()
	jo, err := person.New(h.Issuer, username, password, http.DefaultTransport)
	must(t, err)
	must(t, jo.Also(other))
	return jo
}

// steps does one thing after the other.
type step func(ctx context.Context, page *person.Page) (*person.Page, error)

func walk(t *testing.T, page *person.Page, err error, steps ...step) *person.Page {
	t.Helper()
	for n, next := range steps {
		if err != nil {
			t.Fatalf("before step %d: %v", n, err)
		}
		page, err = next(t.Context(), page)
	}
	must(t, err)
	return page
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPeopleSignInByASecondOstiary(t *testing.T) {
	there, here := serving.Start(t, nil), openHouse(t)
	there.AddUser(t, "jo", password, map[string]any{"name": "Jo Example", "email": "jo@example.com", "email_verified": true})
	known := there.AddClient(t, map[string]any{
		"client_id": "house", "redirect_uris": []string{here.redirectURI("other")}, "scope": "openid profile email", "skip_consent": true,
	})
	here.connect(t, "other", there.Issuer, known, "--name", "The Other House", "--create-users", "--userinfo")
	jo := here.visitor(t, "jo", there.Issuer)

	page, err := jo.Open(t.Context(), here.request())
	page = walk(t, page, err,
		func(ctx context.Context, page *person.Page) (*person.Page, error) {
			return jo.Follow(ctx, page, "provider-other")
		},
		func(ctx context.Context, page *person.Page) (*person.Page, error) {
			return jo.Press(ctx, page, "login-submit", url.Values{"username": {"jo"}, "password": {password}})
		})
	claims := here.claims(t, page.Left())
	if claims["sub"] == "" || !strings.Contains(strings.Join(texts(claims["amr"]), " "), "fed") {
		t.Errorf("got %v", claims)
	}

	page, err = jo.Open(t.Context(), here.request("prompt", "login", "idp_hint", "other")) // who is known there proves it again
	page = walk(t, page, err, func(ctx context.Context, page *person.Page) (*person.Page, error) {
		return jo.Press(ctx, page, "login-submit", url.Values{"username": {"jo"}, "password": {password}})
	})
	if again := here.claims(t, page.Left()); again["sub"] != claims["sub"] {
		t.Errorf("the same person is %v and %v", claims["sub"], again["sub"])
	}
}

func texts(list any) []string {
	var all []string
	elements, _ := list.([]any)
	for _, element := range elements {
		text, _ := element.(string)
		all = append(all, text)
	}
	return all
}
