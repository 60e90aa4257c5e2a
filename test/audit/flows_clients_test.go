package audit_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

func grants() []flow {
	const begun, agreed = "sign_in.succeeded ok person:alice-1 alice-1 -", "consent.given ok person:alice-1 alice-1 app"
	return []flow{
		{"tokens that are minted leave nothing", nil, func(w *world) {
			w.post("/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"read"}})
			tokens := w.redeem(w.code(w.begin()))
			if again := w.refresh(tokens["refresh_token"]); again["access_token"] == nil {
				w.t.Errorf("got %v", again)
			}
		}, []string{begun, agreed}},
		{"a code comes twice, and again when there is nothing left to end", nil, func(w *world) {
			code := w.code(w.begin())
			for range 4 {
				w.redeem(code)
			}
		}, []string{begun, agreed, "code.replayed refused client:app alice-1 app", "grant.ended ok system:end of a grant alice-1 app"}},
		{"a refresh token comes twice", nil, func(w *world) {
			tokens := w.redeem(w.code(w.begin()))
			w.refresh(tokens["refresh_token"])
			w.refresh(tokens["refresh_token"])
		}, []string{begun, agreed, "refresh_token.reused refused client:app alice-1 app", "grant.ended ok system:end of a grant alice-1 app"}},
		{"a consent is withdrawn", nil, func(w *world) {
			w.redeem(w.code(w.begin()))
			must(w.t, w.parts.Issuer.WithdrawConsent(w.t.Context(), w.alice.ID, "app"))
		}, []string{begun, agreed, "consent.withdrawn ok person:alice-1 alice-1 app", "grant.ended ok system:end of a grant alice-1 app"}},
		{"a client gives tokens back", nil, func(w *world) {
			tokens := w.redeem(w.code(w.begin()))
			for _, name := range []string{"access_token", "refresh_token", "refresh_token"} { // the last is known no more
				token, _ := tokens[name].(string)
				w.post("/revoke", url.Values{"token": {token}})
			}
		}, []string{
			begun, agreed, "token.revoked ok client:app alice-1 app", "grant.ended ok system:end of a grant alice-1 app",
			"token.revoked ok client:app alice-1 app",
		}},
	}
}

func clients() []flow {
	return []flow{
		{"a client is made, changed, given another secret and deleted", nil, func(w *world) {
			c, ctx := w.parts.Clients, w.t.Context()
			_, _, err := c.Add(ctx, identity.Registration{ID: "new", ClientMetadata: oauth.ClientMetadata{GrantTypes: []oauth.GrantType{oauth.ClientCredentials}}})
			must(w.t, err)
			_, err = c.Update(ctx, "new", func(m *oauth.ClientMetadata) error { m.ClientName = "New"; return nil })
			must(w.t, err)
			_, _, err = c.RotateSecret(ctx, "new", time.Hour)
			must(w.t, err)
			_, err = c.WithdrawSecretAt(ctx, "new", "", "former")
			must(w.t, err)
			must(w.t, w.parts.Issuer.DeleteClient(ctx, "new"))
		}, []string{
			"client.registered ok stranger - new", "client.changed ok stranger - new", "client.secret_rotated ok stranger - new",
			"client.secret_withdrawn ok stranger - new",
			"client.deleted ok stranger - new",
		}},
		{"a client registers itself, by a token", nil, func(w *world) {
			made, token, err := w.parts.Clients.AddRegistrationToken(w.t.Context(), oauth.RegistrationTerms{}, 2, time.Hour)
			must(w.t, err)
			r := httptest.NewRequest(http.MethodPost, issuer+"/register", strings.NewReader(`{"redirect_uris":["https://new.example.com/back"]}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+string(token))
			answer := w.send(r)
			id, _ := answer["client_id"].(string)
			r = httptest.NewRequest(http.MethodDelete, issuer+"/register/"+id, nil)
			access, _ := answer["registration_access_token"].(string)
			r.Header.Set("Authorization", "Bearer "+access)
			w.send(r)
			must(w.t, w.parts.Clients.DeleteRegistrationToken(w.t.Context(), made.ID))
			lines := w.recorded()
			for i := range lines {
				lines[i] = strings.ReplaceAll(lines[i], id, "ID")
			}
			want := []string{
				"registration_token.made ok stranger - -", "client.registered ok client:ID - ID", "client.deleted ok client:ID - ID",
				"registration_token.revoked ok stranger - -",
			}
			slices.Sort(want)
			slices.Sort(lines)
			if diff := cmp.Diff(want, lines); diff != "" {
				w.t.Error(diff)
			}
		}, nil},
		{"wrong secrets of a client", nil, func(w *world) {
			for range 13 {
				err := w.parts.ClientLockout.Check(w.t.Context(), "app", address)
				if err == nil {
					err = w.parts.ClientLockout.Failed(w.t.Context(), "app", address)
					must(w.t, err)
				}
			}
		}, []string{"client.locked refused stranger - app"}},
		{"an API key", nil, func(w *world) {
			ctx := w.t.Context()
			key, _, err := w.keys.Add(ctx, identity.APIKey{Name: "n", ClientID: "app", Audience: []string{"https://api.example.com"}, Expires: time.Now().Add(time.Hour)})
			must(w.t, err)
			for _, disabled := range []bool{true, false} {
				_, err = w.keys.Disable(ctx, key.ID, disabled)
				must(w.t, err)
			}
			must(w.t, w.keys.Delete(ctx, key.ID))
		}, []string{
			"api_key.made ok stranger - app", "api_key.disabled ok stranger - app", "api_key.enabled ok stranger - app",
			"api_key.revoked ok stranger - app",
		}},
	}
}

func administration() []flow {
	return []flow{
		{"keys are rotated, by the schedule and by hand", nil, func(w *world) {
			_, err := w.parts.Ring.Rotate(w.t.Context()) // nothing is due
			must(w.t, err)
			_, err = w.parts.Ring.RotateNow(w.t.Context(), keys.AtOnce, oauth.ES256)
			must(w.t, err)
			_, err = w.parts.Ring.RotateNow(audit.WithActor(w.t.Context(), audit.CommandLine("root")), keys.Withdrawing, oauth.ES256)
			must(w.t, err)
		}, []string{"keys.rotated ok system:rotation - -", "keys.withdrawn ok command_line:root - -"}},
		{"all is exported, and taken in elsewhere", nil, func(w *world) {
			var lines []identity.ArchiveLine
			_, err := identity.NewArchive(w.parts.Users, w.parts.Clients).Write(w.t.Context(), func(line identity.ArchiveLine) error {
				line.Record = append(json.RawMessage{}, line.Record...)
				lines = append(lines, line)
				return nil
			})
			must(w.t, err)
			must(w.t, w.parts.Issuer.DeleteClient(w.t.Context(), "app"))
			must(w.t, w.parts.Users.Delete(w.t.Context(), w.alice.ID))
			w.recorded()
			archive := identity.NewArchive(w.parts.Users, w.parts.Clients)
			archive.Begin(w.t.Context())
			for _, line := range lines {
				must(w.t, archive.Restore(w.t.Context(), line))
			}
		}, []string{"data.imported ok stranger - -", "client.registered ok stranger - app", "user.imported ok stranger alice-1 -"}},
		{"data are exported", nil, func(w *world) {
			_, err := identity.NewArchive(w.parts.Users, w.parts.Clients).Write(w.t.Context(), func(identity.ArchiveLine) error { return nil })
			must(w.t, err)
		}, []string{"data.exported ok stranger - -"}},
		{"an administrator is about to change something", nil, func(w *world) {
			must(w.t, w.parts.Trail.Announce(audit.WithActor(w.t.Context(), audit.Administrator("root")), audit.Event{Subject: w.alice.ID}))
		}, []string{"administration.announced announced administrator:root alice-1 -"}},
	}
}
