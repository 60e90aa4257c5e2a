package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// sessionCommand looks after who is signed in where.
func (a *app) sessionCommand() *cobra.Command {
	command := &cobra.Command{Use: "session", Short: "Look after who is signed in"}
	command.AddCommand(
		&cobra.Command{
			Use: "list USER", Short: "List a user's sessions, the oldest first", Args: cobra.ExactArgs(1),
			RunE: a.withPerson(func(ctx context.Context, p person, _ []string) error {
				found, err := p.sessions.List(ctx, p.ID)
				if err != nil {
					return err
				}
				return a.print(found, func(w io.Writer) { tableOfSessions(w, found) })
			}),
		},
		a.sessionRevokeCommand(),
	)
	return command
}

func (a *app) sessionRevokeCommand() *cobra.Command {
	var all bool
	command := &cobra.Command{
		Use:   "revoke USER [SID...]",
		Short: "End sessions of a user, and tell the clients that know of them",
		Long: `End sessions of a user, and tell the clients that know of them.

With --all the user is signed out everywhere: of every session, and of every grant
with offline_access too.`,
		Args: cobra.MinimumNArgs(1),
		RunE: a.withPerson(func(ctx context.Context, p person, sids []string) error {
			switch {
			case all && len(sids) > 0:
				return errors.New("--all ends every session; name none beside it")
			case all:
				return a.done(p.User, "signed out everywhere", p.issuer.SignOutEverywhere(ctx, p.ID))
			case len(sids) == 0:
				return errors.New("which session? Name one of `ostiary session list`, or give --all")
			}
			return a.revokeSessions(ctx, p, sids)
		}),
	}
	command.Flags().BoolVar(&all, "all", false, "sign the user out everywhere")
	return command
}

// revokeSessions ends all or none where one of the names is wrong.
func (a *app) revokeSessions(ctx context.Context, p person, sids []string) error {
	found, err := p.sessions.List(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, sid := range sids {
		if !slices.ContainsFunc(found, func(s identity.Session) bool { return s.ID == sid }) {
			return fmt.Errorf("%s has no session %s", p.Username, sid)
		}
	}
	for _, sid := range sids {
		if err := p.issuer.EndSession(ctx, p.ID, sid); err != nil {
			return err
		}
	}
	return a.done(p.User, "signed out of "+strings.Join(sids, ", "), nil)
}

func tableOfSessions(w io.Writer, sessions []identity.Session) {
	columns(w, "SID SIGNED_IN USED HOW ADDRESS CLIENTS BROWSER", sessions, func(s identity.Session) []any {
		return []any{
			s.ID, minute(s.AuthTime), minute(s.Used), strings.Join(s.AMR, ","), s.Address, strings.Join(clientIDs(s), ","), s.UserAgent,
		}
	})
}

func clientIDs(s identity.Session) []string {
	ids := make([]string, len(s.Clients))
	for n, client := range s.Clients {
		ids[n] = client.ID
	}
	return ids
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// printable replaces what a browser sent and a terminal would obey.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}
