package pages_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// agrees signs alice in to app, which asks for this scope, and returns its tokens.
func (b *browser) agrees(scope string) map[string]any {
	b.t.Helper()
	p := b.follow(b.get(request("app", "scope", scope, "prompt", "consent")))
	if strings.Contains(p.body, "login-form") {
		p = b.follow(b.submit(p, "username", "alice", "password", password))
	}
	answer := b.submit(p, "decision", "approve").answer()
	got := b.post("/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {answer.Get("code")}, "redirect_uri": {callback}, "client_id": {"app"}, "code_verifier": {verifier},
	})
	var tokens map[string]any
	if err := json.Unmarshal([]byte(got.body), &tokens); err != nil || tokens["refresh_token"] == nil {
		b.t.Fatalf("got %s", got.body)
	}
	return tokens
}

func (b *browser) refreshes(tokens map[string]any) bool {
	b.t.Helper()
	refresh, _ := tokens["refresh_token"].(string)
	got := b.post("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {"app"}})
	return got.StatusCode == http.StatusOK
}

func TestAPersonSeesWhatClientsMayAndTakesItBack(t *testing.T) {
	s := open(t)
	b := s.browser()
	if p := b.opens("/account/access", "alice"); !strings.Contains(p.body, "No application") {
		t.Errorf("got %s", p.body)
	}
	tokens := b.agrees("openid email photos:read offline_access")
	p := b.get("/account/access")
	for _, want := range []string{"Holiday Photos", "See your email address", "photos:read", "While you are away", "Take back from Holiday Photos"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("no %s in %s", want, p.body)
		}
	}
	b.change(p, "withdraw-access", "client", "first").does(t, "may do nothing")                   // which has nothing
	b.change(p, "withdraw-access", "client", strings.Repeat("x", 3000)).does(t, "may do nothing") // which is no client's ID
	if !b.refreshes(tokens) {
		t.Error("another client's grant has ended")
	}
	stranger := s.browser()
	theirs := stranger.opens("/account/sessions", "bob")
	stranger.post("/account/access", url.Values{"token": {tokenIn(theirs)}, "client": {"app"}})
	if p = b.get("/account/access"); !strings.Contains(p.body, "Holiday Photos") {
		t.Error("bob has withdrawn a consent of alice")
	}
	b.change(p, "withdraw-access", "client", "app").does(t, "may do nothing")
	if b.refreshes(tokens) {
		t.Error("what was given before can still be used")
	}
	if answer := b.get(request("app", "prompt", "none")).answer(); answer.Get("error") != "consent_required" {
		t.Errorf("got %v", answer)
	}
}

// TestAPersonTakesTheirDataAway: all that lies with them is in it, and nothing by which
// somebody could sign in.
func TestAPersonTakesTheirDataAway(t *testing.T) {
	s := openPost(t)
	b := s.browser()
	b.opens("/account", "alice")
	b.agrees("openid email offline_access")
	file := b.press(b.get("/account/data"), "data-form")
	if file.StatusCode != http.StatusOK || file.Header.Get("Content-Disposition") != `attachment; filename="account.json"` ||
		file.Header.Get("Content-Type") != "application/json" || file.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("got %d %v", file.StatusCode, file.Header)
	}
	var data struct {
		Account                    identity.User
		Sessions, Consents, Grants []map[string]any
	}
	must(t, json.Unmarshal([]byte(file.body), &data))
	if data.Account.Username != "alice" || len(data.Sessions) != 1 || len(data.Consents) != 1 || len(data.Grants) != 1 {
		t.Errorf("got %s", file.body)
	}
	for _, secret := range []string{"secret", "hash", "argon", "mac_key", "public_key"} {
		if strings.Contains(strings.ToLower(file.body), secret) {
			t.Errorf("%s is in %s", secret, file.body)
		}
	}
	// What is kept with a person is of these kinds. Add what is new to issue.PersonalData.
	known := []string{"user", "consent", "session", "grant", "ended"}
	for _, table := range []store.Table{s.users, s.state} {
		records, err := store.All(t.Context(), table, identity.Partition(data.Account.ID), "")
		must(t, err)
		for _, record := range records {
			if kind, _, _ := strings.Cut(record.Key.Sort, "#"); !slices.Contains(known, kind) {
				t.Errorf("the data leave out %s", record.Key.Sort)
			}
		}
	}
}

func TestAPersonDeletesTheirAccount(t *testing.T) {
	s := openPost(t)
	s.register("told", func(m *oauth.ClientMetadata) {
		m.SkipConsent, m.BackchannelLogoutURI = true, "https://app.example.com/backchannel"
	})
	b, phone := s.browser(), s.browser()
	phone.opens("/account", "alice")
	phone.get(request("told")).answer()
	tokens := b.agrees("openid email offline_access")
	alice, err := s.people.ByUsername(t.Context(), "alice")
	must(t, err)
	_, err = s.people.Update(t.Context(), alice.ID, func(u *identity.User) error { u.Email = "alice@example.com"; return nil })
	must(t, err)
	p := b.opens("/account/delete", "alice")
	for _, typed := range []string{"", "bob", "alice2"} {
		if wrong := b.press(p, "delete-form", "username", typed); wrong.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(wrong.body, "account-error") {
			t.Errorf("%q: got %d %s", typed, wrong.StatusCode, wrong.body)
		}
	}
	b.press(p, "delete-form", "username", " Alice ").shows(t, "account-deleted")
	if !b.isOut() || !phone.isOut() || b.refreshes(tokens) {
		t.Error("something of the account goes on")
	}
	if left, err := s.leftOf(alice.ID); err != nil || len(left) > 0 {
		t.Errorf("there is left %v %v", left, err)
	}
	again := b.roam(b.get("/account"))
	b.submit(again, "username", "alice", "password", password).shows(t, "login-error")
	report, err := s.drain(t.Context())
	if must(t, err); report.Delivered+report.Failed != 2 { // the client, which answers nothing here, and the mail
		t.Errorf("got %+v", report)
	}
	if sent := s.tray.List(); len(sent) != 1 || sent[0].To.String() != "alice@example.com" || !strings.Contains(sent[0].Subject, "was deleted") {
		t.Errorf("got %+v", sent)
	}
	_, err = s.people.Add(t.Context(), identity.NewUser{Username: "alice", Password: password})
	must(t, err) // the name is free
}

// leftOf is what lies with a person, but for the mark that something of theirs has ended,
// which holds nothing and is gone in an hour.
func (s *site) leftOf(userID string) (left []string, err error) {
	for _, table := range []store.Table{s.users, s.state} {
		records, err := store.All(s.t.Context(), table, identity.Partition(userID), "")
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			if record.Key.Sort != "ended" {
				left = append(left, record.Key.Sort)
			}
		}
	}
	return left, nil
}
