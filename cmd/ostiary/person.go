package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/factor"
	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/pages"
)

// person is a user, with all that they are signed in to and have agreed to.
type person struct {
	identity.User
	users    *identity.Users
	sessions *identity.Sessions
	factors  *factor.Factors
	issuer   *issue.Issuer
}

// withPerson runs a command on the person whom its first argument names.
func (a *app) withPerson(run func(ctx context.Context, p person, rest []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		ctx := command.Context()
		cfg, err := a.settings()
		if err != nil {
			return err
		}
		letters, err := pages.OpenLetters(cfg)
		if err != nil {
			return err
		}
		b, err := a.open(ctx)
		if err != nil {
			return err
		}
		p := person{users: b.people()}
		p.sessions = identity.NewSessions(b.state, p.users, identity.SessionLimits{Idle: cfg.SessionIdleLifetime, Absolute: cfg.SessionLifetime})
		p.issuer = b.issuer(cfg, p.users, b.clients(), p.sessions)
		p.factors = p.issuer.Factors()
		p.issuer.NotifyBy(letters.Notices())
		if p.User, err = namedUser(ctx, p.users, args[0]); err == nil {
			err = run(ctx, p, args[1:])
		}
		return errors.Join(explained(err), b.close())
	}
}
