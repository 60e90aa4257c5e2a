package admin

import (
	"context"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Keys lists the signing keys, all of which are published.
func (d *Desk) Keys(ctx context.Context, by Caller) ([]keys.Info, error) {
	if err := by.May(KeysRead); err != nil {
		return nil, err
	}
	return d.ring.List(ctx)
}

// RotateKeys replaces the signing keys of these algorithms, or of all, before their time.
func (d *Desk) RotateKeys(ctx context.Context, by Caller, how keys.Takeover, algs []oauth.Alg) (keys.Report, error) {
	if err := by.May(KeysWrite); err != nil {
		return keys.Report{}, err
	}
	if d.cfg.Signing == "kms" {
		return keys.Report{}, oauth.InvalidRequest.Errorf("keys in KMS are rotated by the configuration: docs/operations.md")
	}
	for _, alg := range algs {
		if !slices.Contains(d.ring.Algs(), alg) {
			return keys.Report{}, oauth.InvalidRequest.Errorf("there are no keys for %s", alg)
		}
	}
	act := "rotate keys"
	if how == keys.Withdrawing {
		act = "withdraw keys"
	}
	ctx, err := d.begin(ctx, by, act, audit.Event{})
	if err != nil {
		return keys.Report{}, err
	}
	return d.ring.RotateNow(ctx, how, algs...)
}
