package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/upstream"
)

// What lasts comes through an export and an import: people sign in with the passwords
// of before, clients with their secrets, those that sign by a shared secret too, API
// keys open, consents stand, and pairwise subjects stay who they are.
func TestAnExportIsAWayOut(t *testing.T) {
	folder := t.TempDir()
	here, there, file := filepath.Join(folder, "here"), filepath.Join(folder, "there"), filepath.Join(folder, "all.jsonl")
	ctx := t.Context()
	from, err := (&app{data: here, err: io.Discard}).open(ctx)
	check(t, err)
	users, clients := identity.NewUsers(from.users, from.state, identity.Lockout{}), identity.NewClients(from.users, from.sealer)
	alice, err := users.Add(ctx, identity.NewUser{Username: "alice", Password: "four score and seven"})
	check(t, err)
	_, secret, err := clients.Add(ctx, identity.Registration{ID: "app", ClientMetadata: oauth.ClientMetadata{
		RedirectURIs: []string{"https://app.example.com/back"}, IDTokenSignedResponseAlg: oauth.HS256,
	}})
	check(t, err)
	pairwise, _, err := clients.Add(ctx, identity.Registration{ID: "far", ClientMetadata: oauth.ClientMetadata{
		RedirectURIs: []string{"https://far.example.com/back"}, AuthorizationMetadata: oauth.AuthorizationMetadata{SubjectType: oauth.PairwiseSubject},
	}})
	check(t, err)
	subject, err := clients.Subject(ctx, pairwise, alice.ID)
	check(t, err)
	sessions := identity.NewSessions(from.state, users, identity.SessionLimits{Idle: time.Hour, Absolute: time.Hour})
	issuer := issue.New(config.Config{}, from.users, from.state, users, clients, sessions, from.sealer, from.ring)
	check(t, issuer.GrantConsent(ctx, alice.ID, "app", oauth.Scope{"openid", "email"}, issue.ClaimsRequest{}))
	_, key, err := identity.NewAPIKeys(from.users, from.state).Add(ctx, identity.APIKey{
		Name: "meter", Audience: []string{"https://api.example.com"}, Expires: time.Now().Add(time.Hour),
	})
	check(t, err)
	check(t, users.Link(ctx, alice.ID, identity.Linked{Issuer: "https://there.example.com", Subject: "a", Provider: "there"}))
	_, err = factor.Open(from.users, users, from.sealer).AddPasskey(ctx, alice.ID, factor.Passkey{ID: []byte("id"), PublicKey: []byte("key"), Name: "Phone"})
	check(t, err)
	_, err = upstream.NewProviders(from.users, from.sealer).Add(ctx, "there", upstream.Settings{
		Name: "There", Kind: upstream.OpenID, Issuer: "https://there.example.com", ClientID: "we", Scope: oauth.Scope{"openid"},
		IDTokenAlg: oauth.RS256, Auth: oauth.ClientSecretBasic,
	}, "a-secret-at-another-provider")
	check(t, err)
	check(t, from.close())

	_, err = ostiary(t, "export", file, "--yes-secrets", "--data", here)
	check(t, err)
	content, err := os.ReadFile(file)
	check(t, err)
	if regexp.MustCompile("four score|" + string(key)).Match(content) {
		t.Error("the export holds what is known by its hash alone")
	}
	_, err = ostiary(t, "import", file, "--data", there)
	check(t, err)

	check(t, mayEnter(t, there, "alice", "four score and seven"))
	to, err := (&app{data: there, err: io.Discard}).open(ctx)
	check(t, err)
	clients = identity.NewClients(to.users, to.sealer)
	if client, err := clients.Get(ctx, "app"); err != nil {
		t.Error(err)
	} else if clear, err := clients.SecretInClear(ctx, client); err != nil || clear != secret {
		t.Errorf("the shared secret is another: %v", err)
	}
	if pairwise, err = clients.Get(ctx, "far"); err != nil {
		t.Error(err)
	}
	if after, err := clients.Subject(ctx, pairwise, alice.ID); err != nil || after != subject {
		t.Errorf("the pairwise subject was %s and is %s, %v", subject, after, err)
	}
	if _, err := identity.NewAPIKeys(to.users, to.state).Check(ctx, string(key)); err != nil {
		t.Errorf("the API key: %v", err)
	}
	users = identity.NewUsers(to.users, to.state, identity.Lockout{})
	if user, err := users.ByLinked(ctx, "https://there.example.com", "a"); err != nil || user.ID != alice.ID {
		t.Errorf("the identity elsewhere is %s's, %v", user.ID, err)
	}
	if set, err := factor.Open(to.users, users, to.sealer).Of(ctx, alice.ID); err != nil || len(set.Passkeys) != 1 {
		t.Errorf("the passkey: %+v, %v", set, err)
	}
	if all, err := upstream.NewProviders(to.users, to.sealer).List(ctx); err != nil || len(all) != 1 || all[0].Sealed == nil {
		t.Errorf("the provider: %+v, %v", all, err)
	}
	check(t, to.close())
	if _, err := ostiary(t, "import", file, "--data", there); err != nil { // as after it broke off
		t.Errorf("once more: %v", err)
	}
	if out, err := ostiary(t, "consent", "list", "alice", "--json", "--data", there); err != nil || !regexp.MustCompile(`"client_id":"app"`).MatchString(out) {
		t.Errorf("consents: %s, %v", out, err)
	}
}
