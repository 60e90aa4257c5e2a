package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// tokenVerifier judges tokens by the code that the authorizer runs.
type tokenVerifier struct {
	keys   jose.Set
	policy verify.Policy
	jws    bool // only the signature, whatever the payload
}

// verdict is what is said about one token.
type verdict struct {
	Valid  bool        `json:"valid"`
	Error  oauth.Code  `json:"error,omitempty"`
	Reason string      `json:"reason,omitempty"`
	Claims jose.Claims `json:"claims,omitempty"`

	// Unchecked names the claims that nothing was compared with: iss and aud without a
	// flag, and those whose check needs more than a token and keys.
	Unchecked []string `json:"unchecked,omitempty"`
}

func (a *app) tokenVerifyCommand() *cobra.Command {
	var v tokenVerifier
	var file string
	command := &cobra.Command{
		Use:   "verify --jwks FILE [--issuer URL] [--audience ID]",
		Short: "Verify access tokens from standard input, a line each, as the authorizer does",
		Long: `Verify access tokens from standard input, a line each, by the code that the
authorizer runs, and print one JSON verdict a line. Without --issuer or
--audience that claim is not compared, and the verdict says so, as it does of
status (was the token revoked?) and cnf (whose is it?), for which the authorizer
needs lists and a request. The exit code is 1 when a token was refused.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			doc, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if v.keys, err = jose.ParseSet(doc); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			for _, refused := range v.keys.Refused() {
				fmt.Fprintf(a.err, "%s: left out %v\n", file, refused)
			}
			return a.verifyLines(command.Context(), v)
		},
	}
	flags := command.Flags()
	flags.StringVar(&file, "jwks", "", "a file with the issuer's JWK set")
	flags.StringVar(&v.policy.Issuer, "issuer", "", "what iss must be")
	flags.StringArrayVar(&v.policy.Audience, "audience", nil, "what aud must hold; may be repeated, then one of them")
	flags.DurationVar(&v.policy.MaxLifetime, "max-lifetime", 24*time.Hour, "the most that may lie between iat and exp")
	flags.BoolVar(&v.jws, "jws", false, "check the signature of a JWS with any payload, and nothing else")
	_ = command.MarkFlagRequired("jwks") // the flag is there: see above
	return command
}

func (a *app) verifyLines(ctx context.Context, v tokenVerifier) error {
	refused := 0
	encoder := json.NewEncoder(a.out)
	encoder.SetEscapeHTML(false)
	tokens, err := eachLine(a.in, func(token string) error {
		judged := v.judge(ctx, token)
		if !judged.Valid {
			refused++
		}
		return encoder.Encode(judged)
	})
	if err == nil && refused > 0 {
		return fmt.Errorf("%d of %d tokens refused", refused, tokens)
	}
	return err
}

func (v tokenVerifier) judge(ctx context.Context, token string) verdict {
	var judged verdict
	var err error
	if v.jws {
		err = v.checkSignature(token)
	} else {
		judged, err = v.checkAccessToken(ctx, token)
	}
	if judged.Valid = err == nil; judged.Valid {
		return judged
	}
	expected := oauth.AsError(err)
	judged.Error, judged.Reason = expected.Code, expected.Description
	if cause := errors.Unwrap(expected); cause != nil {
		judged.Reason += ": " + cause.Error()
	}
	return judged
}

func (v tokenVerifier) checkSignature(token string) error {
	jws, err := jose.ParseCompact(token, jose.MaxAssertionBytes)
	if err != nil {
		return oauth.InvalidToken.Errorf("malformed token: %w", err)
	}
	key, ok := v.keys.Key(jws.Header.KeyID)
	if !ok {
		return oauth.InvalidToken.Errorf("signed with an unknown key")
	}
	if err := jws.Verify(key); err != nil {
		return oauth.InvalidToken.Errorf("not signed with the issuer's key: %w", err)
	}
	return nil
}

func (v tokenVerifier) checkAccessToken(ctx context.Context, token string) (verdict, error) {
	policy, unchecked := v.policyFor(token)
	checker, err := verify.NewAccessTokens(policy, verify.StaticKeys(v.keys))
	if err != nil {
		return verdict{}, err
	}
	verified, err := checker.Verify(ctx, token)
	for _, name := range []string{"status", "cnf"} {
		if _, ok := verified.Claims[name]; ok {
			unchecked = append(unchecked, name)
		}
	}
	return verdict{Claims: verified.Claims, Unchecked: unchecked}, err
}

// policyFor completes the policy with what the token says about itself, where no
// flag said what to expect, and with the algorithms of the keys.
func (v tokenVerifier) policyFor(token string) (p verify.Policy, unchecked []string) {
	p = v.policy
	if p.Algs = []oauth.Alg{oauth.RS256, oauth.PS256, oauth.ES256, oauth.ES384, oauth.EdDSA}; v.symmetric() {
		p.Algs = []oauth.Alg{oauth.HS256}
	}
	var claims jose.Claims
	if jws, err := jose.ParseCompact(token, jose.MaxAccessTokenBytes); err == nil {
		claims, _ = jose.ParseClaims(jws.Payload) // the verifier says what is wrong
	}
	if p.Issuer == "" {
		unchecked = append(unchecked, "iss")
		if p.Issuer, _, _ = claims.String("iss"); p.Issuer == "" {
			p.Issuer = "an issuer" // a token without one is refused
		}
	}
	if len(p.Audience) == 0 {
		unchecked = append(unchecked, "aud")
		if p.Audience, _, _ = claims.Strings("aud"); len(p.Audience) == 0 || p.Audience[0] == "" {
			p.Audience = []string{"an audience"}
		}
		p.Audience = p.Audience[:1]
	}
	return p, unchecked
}

// symmetric reports whether the keys are secrets; a set never holds both kinds.
func (v tokenVerifier) symmetric() bool { return v.keys.Keys()[0].Alg().Symmetric() }
