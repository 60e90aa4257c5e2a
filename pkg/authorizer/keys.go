package authorizer

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Keys returns the keys that cfg names: a shared secret, a bundled JWK set, or the
// issuer's own, which it fetches now so that no request waits for it. An issuer
// that cannot be reached now is asked again by the first request.
func Keys(ctx context.Context, cfg config.Config, log *slog.Logger) (verify.KeySource, error) {
	switch {
	case cfg.HS256Secret != "":
		key, err := jose.NewSecretKey("", []byte(cfg.HS256Secret))
		if err != nil {
			return nil, fmt.Errorf("HS256_SECRET: %w", err)
		}
		set, err := jose.NewSet(key)
		return verify.StaticKeys(set), err
	case cfg.JWKSFile != "":
		document, err := os.ReadFile(cfg.JWKSFile)
		if err != nil {
			return nil, fmt.Errorf("JWKS_FILE: %w", err)
		}
		set, err := jose.ParseSet(document)
		if err != nil {
			return nil, fmt.Errorf("JWKS_FILE: %w", err)
		}
		return verify.StaticKeys(set), nil
	default:
		return remoteKeys(ctx, cfg, log)
	}
}

// remoteKeys lets this machine be called only where the issuer is on it. Keys of
// an issuer that serves them at our own address are kept as briefly as ours are.
func remoteKeys(ctx context.Context, cfg config.Config, log *slog.Logger) (verify.KeySource, error) {
	issuer, err := url.Parse(cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("ISSUER: %w", err)
	}
	address, maxAge := cfg.JWKSURI, verify.ForeignKeysMaxAge
	if address == "" {
		address, maxAge = cfg.Issuer+"/jwks.json", verify.OwnKeysMaxAge
	}
	client := fetch.New(fetch.Options{AllowLoopback: config.Loopback(issuer.Hostname())})
	keys := verify.NewRemoteKeys(client, address, maxAge)
	if err := keys.Prefetch(ctx); err != nil {
		log.WarnContext(ctx, "keys not prefetched", "jwks_uri", address, "err", err)
	}
	return keys, nil
}
