package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
	"github.com/ostiary-auth/ostiary/pkg/gateway"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
	"github.com/ostiary-auth/ostiary/pkg/store/socket"
)

// serve is the provider, its gateway and the demo API in one process.
type serve struct {
	*app
	addr      string
	issuer    string
	demo      bool
	dynamodb  bool
	makeTable bool
	tls       serverTLS
}

func (a *app) serveCommand() *cobra.Command {
	s := &serve{app: a}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the provider and its gateway on this machine",
		Long: `Run the provider on this machine, behind a stand-in for API Gateway that serves
the same table of routes and authorizers as template.yaml deploys.

Everything is kept in the folder that --data names. Settings come from the
environment, as in docs/configuration.md; flags go before them.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.run(c.Context()) },
	}
	flags := c.Flags()
	flags.StringVar(&s.addr, "addr", "127.0.0.1:8080", "where to listen")
	flags.StringVar(&s.issuer, "issuer", "", "the issuer, when it is not http(s)://localhost and the port: a proxy's URL, say")
	flags.BoolVar(&s.demo, "demo", false, "add a person and two clients to try things with")
	flags.BoolVar(&s.dynamodb, "dynamodb", false, "keep everything in the DynamoDB tables USER_TABLE, STATE_TABLE and AUDIT_TABLE")
	flags.BoolVar(&s.makeTable, "create-tables", false, "with --dynamodb: make the tables when they are not there")
	s.tls.flags(flags)
	return c
}

// run serves until the context ends.
func (s *serve) run(ctx context.Context) (err error) {
	listener, err := net.Listen("tcp", s.addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is taken by another program; --addr names another address: %w", s.addr, err)
	}
	if err != nil {
		return err
	}
	defer listener.Close()
	certificates, err := s.tls.config(s.addr)
	if err != nil {
		return err
	}
	cfg, err := s.config(listener.Addr(), certificates != nil)
	if err != nil {
		return err
	}
	b, group, err := s.openBackend(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()

	s.record(b, cfg)
	if err := s.rotate(ctx, b); err != nil {
		return err
	}
	log := terminalLog(s.err, cfg.LogLevel)
	parts, err := hookedParts(b, cfg, log)
	if err != nil {
		return err
	}
	provider, err := endpoint.New(parts, log)
	if err != nil {
		return err
	}
	post, err := openPost(cfg)
	if err != nil {
		return err
	}
	handler, err := site(parts, provider.WithMail(post.send), post.tray, log)
	if err != nil {
		return err
	}
	if s.demo {
		handler = front(handler, cfg.Issuer, program(os.Args[0]))
	}
	if err := s.welcome(ctx, parts, localURL(listener.Addr(), certificates != nil)); err != nil {
		return err
	}
	group.Go(func() error { return s.deliver(ctx, provider) })
	group.Go(func() error { return finishDeletions(ctx, provider) })
	if err := s.keepFile(ctx, group, cfg, parts.Trail, log); err != nil {
		return err
	}
	return listen(ctx, group, b, handler, listener, certificates, log)
}

// hookedParts are the parts of the provider over the backend, with the hooks that the
// configuration names and the trail.
func hookedParts(b *backend, cfg config.Config, log *slog.Logger) (issue.Parts, error) {
	parts, err := issue.NewParts(cfg, b.users, b.state, b.sealer, b.ring)
	if err != nil {
		return issue.Parts{}, err
	}
	migration, err := endpoint.Migration(cfg)
	if err != nil {
		return issue.Parts{}, err
	}
	parts.Users.MigrateBy(migration)
	breaches, err := endpoint.Breaches(cfg, log)
	if err != nil {
		return issue.Parts{}, err
	}
	parts.Users.CheckBreachesBy(breaches)
	hook, err := endpoint.TokenHook(cfg, log, nil)
	if err != nil {
		return issue.Parts{}, err
	}
	parts.Issuer.HookTokens(hook)
	parts.RecordIn(audit.New(b.events, log, audit.Options{Retention: cfg.AuditRetention, Trace: gateway.TraceID}))
	return parts, nil
}

// config reads the environment, over which the flags go. The issuer is the
// address that a browser on this machine would use.
func (s *serve) config(addr net.Addr, secure bool) (config.Config, error) {
	environment := environ()
	if s.issuer != "" {
		environment["ISSUER"] = s.issuer
	}
	if environment["ISSUER"] == "" {
		environment["ISSUER"] = localURL(addr, secure)
	}
	if s.demo && environment["DEFAULT_CLIENT"] == "" {
		environment["DEFAULT_CLIENT"] = demoPublicClient
	}
	var required []string
	if s.dynamodb {
		required = []string{"USER_TABLE", "STATE_TABLE", "AUDIT_TABLE"}
	}
	return config.FromMap(environment, required...)
}

// openBackend opens the tables. Of a folder, this process is the only one to do
// so; it lets the command line in by a socket, served by the returned group.
func (s *serve) openBackend(ctx context.Context, cfg config.Config) (*backend, *errgroup.Group, error) {
	group := &errgroup.Group{}
	if s.dynamodb {
		b, err := s.openDynamoDB(ctx, cfg)
		return b, group, err
	}
	db, err := bolt.Open(filepath.Join(s.data, databaseFile))
	if errors.Is(err, bolt.ErrLocked) {
		return nil, nil, fmt.Errorf("another ostiary serves the folder %s; stop it, or choose another with --data", s.data)
	}
	if err != nil {
		return nil, nil, err
	}
	door, err := socket.Listen(filepath.Join(s.data, socketFile))
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	b, err := s.sealed(ctx, db, db.Close)
	if err != nil {
		return nil, nil, errors.Join(err, door.Close())
	}
	group.Go(func() error {
		return socket.Serve(ctx, door, map[string]store.Table{userTable: b.users, stateTable: b.state, auditTable: b.events})
	})
	return b, group, nil
}

// rotate makes the signing keys at the first start, and the next ones when due.
func (s *serve) rotate(ctx context.Context, b *backend) error {
	if _, err := b.ring.List(ctx); err != nil {
		fmt.Fprintln(s.err, "Making signing keys, once ...")
	}
	_, err := b.ring.Rotate(ctx)
	return err
}

// welcome says where the server is and, with --demo, what to try.
func (s *serve) welcome(ctx context.Context, parts issue.Parts, here string) error {
	try := func(io.Writer, string) {}
	if s.demo {
		d, err := openDemo(ctx, filepath.Join(s.data, demoFile), parts)
		if err != nil {
			return err
		}
		try = d.print
	}
	fmt.Fprintf(s.out, "Ostiary is listening on %s", here)
	if issuer := parts.Config.Issuer; issuer != here {
		fmt.Fprintf(s.out, " for %s", issuer)
	}
	fmt.Fprintln(s.out, " (Ctrl-C stops it)")
	try(s.out, here)
	return nil
}

// environ is the process's environment.
func environ() map[string]string {
	environment := map[string]string{}
	for _, setting := range os.Environ() {
		name, value, _ := strings.Cut(setting, "=")
		environment[name] = value
	}
	return environment
}
