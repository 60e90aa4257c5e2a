package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// defaultIssuer is what serve says without flags.
const defaultIssuer = "http://localhost:8080"

// checkConfiguration reads the environment as serve, or as the functions, do.
func (d *doctor) checkConfiguration() config.Faults {
	environment := environ()
	if d.issuer != "" {
		environment["ISSUER"] = d.issuer
	}
	required := []string{"ISSUER", "USER_TABLE", "STATE_TABLE", "KMS_KEY_ID"}
	if !d.aws {
		required = nil
		if environment["ISSUER"] == "" {
			environment["ISSUER"] = d.localIssuer()
		}
	}
	cfg, err := config.FromMap(environment, required...)
	var faults config.Faults
	if errors.As(err, &faults) {
		for _, fault := range faults {
			d.fail("configuration", fault, "docs/configuration.md has every setting")
		}
		return faults
	}
	d.cfg = cfg
	d.pass("configuration", "issuer %s", cfg.Issuer)
	if cfg.ResultTTL > cfg.AccessTokenLifetime {
		d.warn("configuration", fmt.Sprintf("RESULT_TTL %s is longer than ACCESS_TOKEN_LIFETIME %s", cfg.ResultTTL, cfg.AccessTokenLifetime),
			"API Gateway lets expired tokens pass for that long; shorten RESULT_TTL and the authorizer's cache")
	}
	return d.checkGate()
}

// localIssuer is the one that the last serve --demo had.
func (d *doctor) localIssuer() string {
	if made, err := readDemo(filepath.Join(d.data, demoFile)); err == nil && made.Issuer != "" {
		return made.Issuer
	}
	return defaultIssuer
}

// checkTables writes, reads and deletes a record that would expire by itself.
func (d *doctor) checkTables(ctx context.Context, b *backend) bool {
	key := store.Key{Partition: "doctor#" + rand.Text(), Sort: "doctor"}
	trip := func() error {
		if err := b.state.Write(ctx, store.Put(key, "here").Until(d.now().Add(time.Minute)).IfAbsent()); err != nil {
			return err
		}
		if _, err := b.state.Get(ctx, key); err != nil {
			return err
		}
		return b.state.Write(ctx, store.Delete(key))
	}
	if err := trip(); err != nil {
		d.fail("tables", "the state table: "+err.Error(), d.advice("look at the disk and at the mode of "+d.data,
			"look at STATE_TABLE and at the permissions of your AWS profile"))
		return false
	}
	if _, err := b.users.Get(ctx, key); !errors.Is(err, store.ErrNotFound) {
		d.fail("tables", fmt.Sprintf("the user table: %v", err), d.advice("look at the disk and at the mode of "+d.data,
			"look at USER_TABLE and at the permissions of your AWS profile"))
		return false
	}
	d.pass("tables", "%s", d.advice(d.data, d.cfg.UserTable+", "+d.cfg.StateTable))
	return true
}

// checkKeys signs with every algorithm, and returns the kids that must be published.
func (d *doctor) checkKeys(ctx context.Context, b *backend) (kids []string) {
	found, err := b.ring.List(ctx)
	if errors.Is(err, store.ErrNotFound) {
		d.fail("keys", "there are no signing keys", d.advice("make them with: ostiary key rotate", "run the rotate function, or: ostiary key rotate --aws"))
		return nil
	}
	if err != nil {
		d.fail("keys", explained(err).Error(), "")
		return nil
	}
	for _, alg := range b.ring.Algs() {
		if err := signAndVerify(ctx, b.ring, alg); err != nil {
			d.fail("keys", fmt.Sprintf("%s: %v", alg, err), d.advice("look at the file "+filepath.Join(d.data, keyFile),
				"look at the KMS key, and at the permission to decrypt with it"))
			return nil
		}
	}
	d.pass("keys", "%d published, all algorithms sign", len(found))
	for _, k := range found {
		kids = append(kids, k.ID)
		overdue := d.now().Sub(k.Activates.Add(d.cfg.KeyLifetime))
		if k.State == keys.Active && k.Retires.IsZero() && overdue > 48*time.Hour {
			d.warn("keys", fmt.Sprintf("the successor of %s key %s is overdue by %s", k.Alg, k.ID, counted(int(overdue.Hours()/24), "day")),
				d.advice("serve makes it, or: ostiary key rotate", "look at the rotate function's schedule and log"))
		}
		if ahead := k.Created.Sub(d.now()); ahead > time.Minute {
			d.fail("clock", fmt.Sprintf("key %s was made %s in the future", k.ID, ahead.Round(time.Second)), "set this machine's clock")
		}
	}
	return kids
}

// signAndVerify makes a token that is good for nothing, and checks it.
func signAndVerify(ctx context.Context, ring *keys.Ring, alg oauth.Alg) error {
	token, err := ring.Sign(ctx, alg, "doctor", struct{}{})
	if err != nil {
		return explained(err)
	}
	parsed, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes)
	if err != nil {
		return err
	}
	key, err := ring.Key(ctx, parsed.Header.KeyID)
	if err != nil {
		return err
	}
	return parsed.Verify(key)
}
