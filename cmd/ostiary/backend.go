package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/awsenv/profile"
	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/kms"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/bolt"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/pkg/store/socket"
)

// What lies in the local server's folder.
const (
	databaseFile = "ostiary.db"
	keyFile      = "key"
	demoFile     = "demo.json"
	socketFile   = "ostiary.sock"
)

// The tables of the local database.
const (
	userTable  = "user"
	stateTable = "state"
	auditTable = "audit"
)

// backend is what the commands work on: the tables, what seals and signs, and where it
// is recorded what was done.
type backend struct {
	users, state store.Table
	events       store.Table
	trail        *audit.Trail
	sealer       *keys.Sealer
	ring         *keys.Ring
	close        func() error
}

// open opens what --aws or --data names, and announces to the audit trail that there
// something is about to be changed.
func (a *app) open(ctx context.Context) (*backend, error) {
	b, err := a.openTables(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.announce(ctx, b); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// openTables opens what --aws or --data names. Beside a running server, which alone may
// have the database open, it speaks to that server's socket.
func (a *app) openTables(ctx context.Context) (*backend, error) {
	if a.aws {
		return a.openAWS(ctx)
	}
	_, missing := os.Stat(a.data)
	db, err := bolt.Open(filepath.Join(a.data, databaseFile))
	if err == nil && errors.Is(missing, os.ErrNotExist) { // an empty list would hide that this is another folder than serve's
		fmt.Fprintf(a.err, "%s is a new folder, with nobody in it: --data names another\n", a.data)
	}
	if errors.Is(err, bolt.ErrLocked) {
		server := socket.Dial(filepath.Join(a.data, socketFile))
		return a.sealed(ctx, server, func() error { server.Close(); return nil })
	}
	if err != nil {
		return nil, err
	}
	return a.sealed(ctx, db, db.Close)
}

// tables is a database with tables by name.
type tables interface {
	Table(name string) store.Table
}

// sealed completes a local backend with the folder's key file.
func (a *app) sealed(ctx context.Context, from tables, close func() error) (*backend, error) {
	b := &backend{users: from.Table(userTable), state: from.Table(stateTable), events: from.Table(auditTable), close: close}
	wrapper, err := keys.OpenKeyFile(filepath.Join(a.data, keyFile))
	if err == nil {
		environment := environ() // KEY_LIFETIME and the like count here too
		if environment["ISSUER"] == "" {
			environment["ISSUER"] = defaultIssuer // what may be set on a laptop alone is judged by it
		}
		var cfg config.Config
		if cfg, err = config.FromMap(environment); err == nil {
			err = b.openKeys(ctx, wrapper, nil, cfg)
			a.record(b, cfg)
		}
	}
	if err != nil {
		return nil, errors.Join(err, close())
	}
	return b, nil
}

// openAWS opens the tables that the environment names, by the caller's own AWS
// profile.
func (a *app) openAWS(ctx context.Context) (*backend, error) {
	cfg, err := config.FromEnv("USER_TABLE", "STATE_TABLE", "AUDIT_TABLE", "KMS_KEY_ID")
	if err != nil {
		return nil, err
	}
	account, err := profile.Config(ctx)
	if err != nil {
		return nil, err
	}
	tables := dynamo.Tables
	if takesLong(a.running) {
		tables = dynamo.PatientTables
	}
	b := withTables(tables(account), cfg)
	seals := kms.Open(account)
	err = b.openKeys(ctx, seals.Wrapper(cfg.KMSKeyID), seals, cfg)
	a.record(b, cfg)
	return b, err
}

// withTables opens the tables that cfg names.
func withTables(table func(name string) store.Table, cfg config.Config) *backend {
	return &backend{
		users: table(cfg.UserTable), state: table(cfg.StateTable), events: table(cfg.AuditTable),
		close: func() error { return nil },
	}
}

// openKeys adds what seals and signs; on a laptop no custodian does.
func (b *backend) openKeys(ctx context.Context, wrapper keys.Wrapper, custodian keys.Custodian, cfg config.Config) (err error) {
	if b.sealer, err = keys.OpenSealer(ctx, b.users, wrapper); err != nil {
		return err
	}
	b.ring = keys.OpenRing(b.users, b.sealer, keys.PolicyFrom(cfg)).WithCustodian(custodian)
	return nil
}

// private writes a file that only its owner may read.
func private(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}
