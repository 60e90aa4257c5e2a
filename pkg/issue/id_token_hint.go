package issue

import (
	"context"
	"errors"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// idTokenHint is what an id_token of ours, perhaps expired, says of a session.
type idTokenHint struct {
	Subject   string // as its client knows the person
	ClientID  string
	SessionID string // sid; "" when it has none
}

// openIDTokenHint checks that a hint is an id_token that we issued. That it has
// expired does not matter (OpenID Connect Core §3.1.2.2, RP-Initiated Logout §2).
// It returns invalid_request.
func (i *Issuer) openIDTokenHint(ctx context.Context, token string) (idTokenHint, error) {
	refuse := func(why error) (idTokenHint, error) {
		return idTokenHint{}, oauth.InvalidRequest.Errorf("parameter id_token_hint is no id_token of this issuer: %w", why)
	}
	jws, err := jose.ParseCompact(token, jose.MaxAssertionBytes)
	if err != nil {
		return refuse(err)
	}
	// An access token or a logout token says other things by the same claims.
	if jws.Header.Type != oauth.TypIDToken {
		return refuse(errors.New("its typ is another's"))
	}
	claims, err := jose.ParseClaims(jws.Payload)
	if err != nil {
		return refuse(err)
	}
	hint := idTokenHint{}
	issuer, _, _ := claims.String("iss")
	audience, _, _ := claims.Strings("aud")
	hint.Subject, _, _ = claims.String("sub")
	hint.SessionID, _, _ = claims.String("sid")
	if issuer != i.cfg.Issuer || len(audience) != 1 || hint.Subject == "" {
		return refuse(errors.New("its iss, aud or sub is another's"))
	}
	hint.ClientID = audience[0]
	if err := i.verifyIDToken(ctx, jws, hint.ClientID); err != nil {
		if refusal(err) || errors.Is(err, verify.ErrUnknownKey) {
			return refuse(err)
		}
		return idTokenHint{}, err
	}
	return hint, nil
}

// verifyIDToken checks the signature: by our ring, or for HS256 by the secret of
// the client that the token was made for, if it is registered for that.
func (i *Issuer) verifyIDToken(ctx context.Context, jws jose.JWS, clientID string) error {
	if !jws.Header.Alg.Symmetric() {
		key, err := i.ring.Key(ctx, jws.Header.KeyID)
		if err != nil {
			return err
		}
		return invalid(jws.Verify(key))
	}
	client, err := i.clients.Get(ctx, clientID)
	if err != nil {
		return err
	}
	if client.IDTokenSignedResponseAlg != jws.Header.Alg {
		return oauth.InvalidRequest.Errorf("alg is not what the client is registered for")
	}
	secrets, err := i.clients.SecretsInClear(ctx, client)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(secrets, func(secret oauth.Secret) bool {
		key, err := jose.NewSecretKey("", []byte(secret))
		return err == nil && jws.Verify(key) == nil
	}) {
		return nil
	}
	return oauth.InvalidRequest.Errorf("not signed with the client's secret")
}

func invalid(err error) error {
	if err == nil {
		return nil
	}
	return oauth.InvalidRequest.Errorf("wrong signature: %w", err)
}
