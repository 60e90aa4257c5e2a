package identity_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// A file that somebody has worked on brings in nothing that the front doors would not.
func TestLinesThatAreNotRestored(t *testing.T) {
	user := func(members string) string {
		return `{"sub":"b-1","username":"bob","epoch":0,"created":"2026-01-01T00:00:00Z"` + members + `}`
	}
	hash := base64.StdEncoding.EncodeToString(oauth.Secret("0123456789abcdef0123456789abcdef").Hash())
	client := `{"client_id":"signs","issued_at":"2026-01-01T00:00:00Z","redirect_uris":["https://signs.example.com/"],"response_types":["code"],
		"grant_types":["authorization_code"],"token_endpoint_auth_method":"client_secret_basic","id_token_signed_response_alg":"HS256",
		"secrets":[{"hash":"` + hash + `","created":"2026-01-01T00:00:00Z"}]}`
	for name, c := range map[string]struct {
		line identity.ArchiveLine
		want string
	}{
		"a username that is not mapped":   {identity.ArchiveLine{Kind: "user", Record: json.RawMessage(strings.Replace(user(""), "bob", "BOB", 1))}, "kept form"},
		"a sub that is none":              {identity.ArchiveLine{Kind: "user", Record: json.RawMessage(strings.Replace(user(""), "b-1", "b 1", 1))}, "visible ASCII"},
		"a claim that is none":            {identity.ArchiveLine{Kind: "user", Record: json.RawMessage(user(`,"website":"javascript:0"`))}, "website"},
		"a hash that takes an hour":       {identity.ArchiveLine{Kind: "user", Record: json.RawMessage(user(`,"password_hash":"$2b$31$` + strings.Repeat("a", 53) + `"`))}, "longer than"},
		"the sub of a client":             {identity.ArchiveLine{Kind: "user", Record: json.RawMessage(strings.Replace(user(""), "b-1", "app", 1))}, "another one already"},
		"another person's name":           {identity.ArchiveLine{Kind: "user", Record: json.RawMessage(strings.Replace(user(""), "bob", "alice", 1))}, "another one already"},
		"another person's sub":            {identity.ArchiveLine{Kind: "user", Record: json.RawMessage(strings.Replace(user(""), "b-1", "a-1", 1))}, "another one already"},
		"somebody who was being deleted":  {identity.ArchiveLine{Kind: "user", Record: json.RawMessage(user(`,"leaving":true`))}, "being deleted"},
		"a consent of nobody":             {identity.ArchiveLine{Kind: "consent", Owner: "c-1", ID: "app", Record: json.RawMessage(`{}`)}, "no such record"},
		"a consent to no client":          {identity.ArchiveLine{Kind: "consent", Owner: "a-1", ID: "a b", Record: json.RawMessage(`{}`)}, "client_id"},
		"another salt":                    {identity.ArchiveLine{Kind: "pairwise_salt", Record: json.RawMessage(`"MDEyMzQ1Njc4OWFiY2RlZg=="`)}, "another one"},
		"a short salt":                    {identity.ArchiveLine{Kind: "pairwise_salt", Record: json.RawMessage(`"AA=="`)}, "too short"},
		"an API key by another ID":        {identity.ArchiveLine{Kind: "api_key", ID: "abc", Record: json.RawMessage(`{"Hash":"AAAA","id":"abc"}`)}, "not that of the hash"},
		"a secret that is not the hash's": {identity.ArchiveLine{Kind: "client", Record: json.RawMessage(client), Clear: []string{"fedcba9876543210fedcba9876543210"}}, "not that of the hash"},
		"a client with a redirect to a script": {
			identity.ArchiveLine{Kind: "client", Record: json.RawMessage(strings.Replace(client, "https://signs.example.com/", "javascript:alert(1)", 1))}, "redirect_uri",
		},
		"a client as one of the provider's own": {
			identity.ArchiveLine{Kind: "client", Record: json.RawMessage(strings.Replace(client, "signs\"", "ostiary-admin\"", 1))}, "provider's own",
		},
		"a client as another one":   {identity.ArchiveLine{Kind: "client", Record: json.RawMessage(strings.Replace(client, "signs\"", "app\"", 1))}, "another one already"},
		"a kind of a later version": {identity.ArchiveLine{Kind: "magic"}, "does not know"},
	} {
		t.Run(name, func(t *testing.T) {
			clients, users := newClients(t)
			add(t, users, identity.NewUser{ID: "a-1", Username: "alice"})
			for _, id := range []string{"app", "far"} {
				_, _, err := clients.Add(t.Context(), identity.Registration{ID: id, ClientMetadata: oauth.ClientMetadata{
					RedirectURIs: []string{"https://app.example.com/"}, AuthorizationMetadata: oauth.AuthorizationMetadata{SubjectType: oauth.PairwiseSubject},
				}})
				if err != nil {
					t.Fatal(err)
				}
			}
			err := identity.NewArchive(users, clients).Restore(t.Context(), c.line)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// Who is being deleted goes nowhere else, nor what is left of them.
func TestAnArchiveHoldsNobodyWhoIsBeingDeleted(t *testing.T) {
	clients, users := newClients(t)
	add(t, users, identity.NewUser{ID: "a-1", Username: "alice"})
	if err := users.Link(t.Context(), "a-1", identity.Linked{Issuer: "https://one.example.com", Subject: "alice"}); err != nil {
		t.Fatal(err)
	}
	if err := users.BeginDeletion(t.Context(), "a-1", ""); err != nil {
		t.Fatal(err)
	}
	_, err := identity.NewArchive(users, clients).Write(t.Context(), func(line identity.ArchiveLine) error {
		if line.ID == "a-1" || line.Owner == "a-1" {
			t.Errorf("got %s %s", line.Kind, line.ID)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// What is of no kind that an archive knows is told, and so is what fails.
func TestAnArchiveSaysWhatItLeaves(t *testing.T) {
	clients, users := newClients(t)
	add(t, users, identity.NewUser{ID: "a-1", Username: "alice"})
	table, _ := identity.Opened(clients)
	if err := table.Write(t.Context(), store.Put(store.Key{Partition: identity.Partition("a-1"), Sort: "magic#1"}, 1)); err != nil {
		t.Fatal(err)
	}
	archive := identity.NewArchive(users, clients)
	left, err := archive.Write(t.Context(), func(identity.ArchiveLine) error { return nil })
	if err != nil || left["magic"] != 1 {
		t.Errorf("left %v, %v", left, err)
	}
	full := errors.New("the disk is full")
	if _, err := archive.Write(t.Context(), func(identity.ArchiveLine) error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}
