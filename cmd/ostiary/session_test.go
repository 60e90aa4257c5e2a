package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
)

// signedInFolder is a folder in which alice is signed in twice: once with an app
// that hears of sign-outs, and that she has agreed to.
func signedInFolder(t *testing.T) (data string, sids []string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	ctx := t.Context()
	b, err := (&app{data: data, err: t.Output()}).open(ctx)
	check(t, err)
	defer b.close()
	users := identity.NewUsers(b.users, b.state, identity.Lockout{})
	clients := identity.NewClients(b.users, b.sealer)
	sessions := identity.NewSessions(b.state, users, identity.SessionLimits{Idle: time.Hour, Absolute: time.Hour})
	issuer := issue.New(config.Config{}, b.users, b.state, users, clients, sessions, b.sealer, b.ring)
	alice, err := users.Add(ctx, identity.NewUser{Username: "alice"})
	check(t, err)
	_, _, err = clients.Add(ctx, identity.Registration{ID: "app", ClientMetadata: oauth.ClientMetadata{
		RedirectURIs:   []string{"https://app.example.com/back"},
		LogoutMetadata: oauth.LogoutMetadata{BackchannelLogoutURI: "https://app.example.com/out"},
	}})
	check(t, err)
	for range 2 {
		how := identity.Authentication{Time: time.Now(), AMR: []string{"pwd"}, UserAgent: "Lynx\x1b[31m", Address: "192.0.2.7"}
		signedIn, _, err := sessions.Begin(ctx, alice, how, nil)
		check(t, err)
		sids = append(sids, signedIn.ID)
	}
	check(t, sessions.AddClient(ctx, sids[0], alice.ID, oauth.Client{ID: "app"}))
	check(t, issuer.GrantConsent(ctx, alice.ID, "app", oauth.Scope{"openid", "email"}, issue.ClaimsRequest{}))
	return data, sids
}

// waiting counts the messages in the folder's outbox.
func waiting(t *testing.T, data string) int {
	t.Helper()
	b, err := (&app{data: data, err: t.Output()}).open(t.Context())
	check(t, err)
	defer b.close()
	n := 0
	_, err = outbox.Open(b.state).Drain(t.Context(), func(context.Context, outbox.Message) error { n++; return nil })
	check(t, err)
	return n
}

func TestSessionCommands(t *testing.T) {
	data, sids := signedInFolder(t)
	out, err := ostiary(t, "session", "list", "alice", "--data", data)
	check(t, err)
	if !strings.Contains(out, sids[0]) || !strings.Contains(out, sids[1]) || !strings.Contains(out, "Lynx?[31m") || strings.Contains(out, "\x1b") {
		t.Errorf("got %q", out)
	}
	for name, args := range map[string][]string{
		"no session":          {"alice"},
		"one that is not":     {"alice", sids[0], "ABC"},
		"all and one":         {"alice", sids[0], "--all"},
		"nobody's":            {"nobody", sids[0]},
		"somebody else's":     {"nobody", "--all"},
		"no user to speak of": {},
	} {
		if out, err := ostiary(t, append([]string{"session", "revoke", "--data", data}, args...)...); err == nil {
			t.Errorf("%s: got %s", name, out)
		}
	}
	_, err = ostiary(t, "session", "revoke", "alice", sids[0], "--data", data)
	check(t, err)
	out, err = ostiary(t, "session", "list", "alice", "--json", "--data", data)
	check(t, err)
	if strings.Contains(out, sids[0]) || !strings.Contains(out, sids[1]) || strings.Contains(out, "secret") {
		t.Errorf("got %s", out)
	}
	if n := waiting(t, data); n != 1 {
		t.Errorf("got %d messages, want that the app hears of the end", n)
	}
}

func TestCommandsThatEndEverySessionTellTheClients(t *testing.T) {
	for name, command := range map[string][]string{
		"signed out everywhere": {"session", "revoke", "alice", "--all"},
		"disabled":              {"user", "disable", "alice"},
		"deleted":               {"user", "delete", "alice"},
	} {
		data, _ := signedInFolder(t)
		_, err := ostiary(t, append(command, "--data", data)...)
		check(t, err)
		if out, _ := ostiary(t, "session", "list", "alice", "--json", "--data", data); strings.Contains(out, "sid") {
			t.Errorf("%s: got %s", name, out)
		}
		if n := waiting(t, data); n != 1 {
			t.Errorf("%s: got %d messages, want 1", name, n)
		}
	}
}

func TestConsentCommands(t *testing.T) {
	data, _ := signedInFolder(t)
	out, err := ostiary(t, "consent", "list", "alice", "--data", data)
	check(t, err)
	if !strings.Contains(out, "app") || !strings.Contains(out, "openid email") {
		t.Errorf("got %s", out)
	}
	if out, err := ostiary(t, "consent", "withdraw", "alice", "other", "--data", data); err == nil {
		t.Errorf("a consent that was never given: got %s", out)
	}
	_, err = ostiary(t, "consent", "withdraw", "alice", "app", "--data", data)
	check(t, err)
	if out, err := ostiary(t, "consent", "list", "alice", "--json", "--data", data); err != nil || strings.TrimSpace(out) != "[]" {
		t.Errorf("got %s and %v", out, err)
	}
}
