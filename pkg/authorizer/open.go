package authorizer

import (
	"context"
	"log/slog"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Open returns the authorizer of the settings. It fetches what it needs to know now,
// so that no request waits for it. What cannot be kept is config.Faults.
func Open(ctx context.Context, s Settings, secrets Secrets, log *slog.Logger) (*Authorizer, error) {
	a, err := New(s, nil, log) // faults first: they cost nothing
	if err != nil {
		return nil, err
	}
	a.tokens, err = openTokens(ctx, s, secrets, log)
	return a, err
}

// openTokens opens what verifies the one issuer's tokens.
func openTokens(ctx context.Context, s Settings, secrets Secrets, log *slog.Logger) (Tokens, error) {
	if len(s.Issuers) != 1 {
		return nil, config.Faults{"settings: issuers must have one entry"}
	}
	issuer := s.Issuers[0]
	cfg := config.Config{Issuer: issuer.Issuer, JWKSURI: issuer.JWKSURI, JWKSFile: issuer.JWKSFile}
	algs := []oauth.Alg{oauth.ES256, oauth.RS256, oauth.PS256, oauth.EdDSA, oauth.ES384}
	if issuer.SecretVariable != "" {
		cfg.HS256Secret, algs = secrets(issuer.SecretVariable), []oauth.Alg{oauth.HS256}
	}
	keys, err := Keys(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	return verify.NewAccessTokens(verify.Policy{
		Issuer: issuer.Issuer, Audience: issuer.Audience, Algs: algs, MaxLifetime: maxLifetime,
	}, keys)
}
