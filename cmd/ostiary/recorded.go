package main

import (
	"context"
	"os/user"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
)

// whoRuns notes, before a command runs, who runs it, for the audit trail: the account on
// this machine, and the command without its arguments, which may be secrets.
func (a *app) whoRuns(command *cobra.Command, _ []string) {
	account := "unknown"
	if current, err := user.Current(); err == nil {
		account = current.Username
	}
	a.running = command.CommandPath()
	command.SetContext(audit.WithActor(command.Context(), audit.CommandLine(account)))
}

// looks are the last words of commands that change nothing. Any other is announced to
// the trail, and does not run where that cannot be written.
var looks = []string{"list", "kinds", "show", "get", "verify", "inspect", "hashes", "doctor", "authorize", "dead", "factors", "invitations"}

// onlyLooks reports whether the command of this path changes nothing.
func onlyLooks(path string) bool { return path == "" || endsIn(looks, path) }

// long are the last words of commands that go through all there is, and had better wait
// for a table that is throttled than begin again.
var long = []string{"import", "export", "reindex"}

// takesLong reports whether the command of this path is such a one.
func takesLong(path string) bool { return endsIn(long, path) }

func endsIn(commands []string, path string) bool {
	words := strings.Fields(path)
	return len(words) > 0 && slices.Contains(commands, words[len(words)-1])
}

// announce keeps in the trail that the command is about to run.
func (a *app) announce(ctx context.Context, b *backend) error {
	if onlyLooks(a.running) {
		return nil
	}
	return b.trail.Announce(ctx, audit.Event{Object: a.running})
}

// record has what is done with the tables recorded.
func (a *app) record(b *backend, cfg config.Config) {
	b.trail = audit.New(b.events, terminalLog(a.err, "error"), audit.Options{Retention: cfg.AuditRetention})
	if b.ring != nil {
		b.ring.RecordIn(b.trail)
	}
}

// people are the users of the backend. Nobody signs in here, so there is no lockout.
func (b *backend) people() *identity.Users {
	users := identity.NewUsers(b.users, b.state, identity.Lockout{})
	users.RecordIn(b.trail)
	return users
}

// clients are those of the backend.
func (b *backend) clients() *identity.Clients {
	clients := identity.NewClients(b.users, b.sealer)
	clients.RecordIn(b.trail)
	return clients
}

// apiKeys are those of the backend.
func (b *backend) apiKeys() *identity.APIKeys {
	keys := identity.NewAPIKeys(b.users, b.state)
	keys.RecordIn(b.trail)
	return keys
}

// issuer is that of the backend, for these people and clients.
func (b *backend) issuer(cfg config.Config, users *identity.Users, clients *identity.Clients, sessions *identity.Sessions) *issue.Issuer {
	issuer := issue.New(cfg, b.users, b.state, users, clients, sessions, b.sealer, b.ring)
	issuer.RecordIn(b.trail)
	return issuer
}
