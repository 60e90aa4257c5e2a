package identity

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Bounds of a client secret that was not made here. The lower one is the length
// of an HS256 key (RFC 7518 §3.2), and makes SHA-256 enough to keep a secret by.
const (
	MinSecretBytes = 32
	maxSecretBytes = 256
)

// MaxSecretOverlap is how long a client's former secret may stay good at most.
const MaxSecretOverlap = 90 * 24 * time.Hour

// firstSecret returns the secret that a client begins with.
func firstSecret(client oauth.Client, given oauth.Secret) (oauth.Secret, error) {
	switch {
	case !client.NeedsSecret() && given != "":
		return "", oauth.InvalidClientMetadata.Errorf("client_secret is given, but token_endpoint_auth_method is %s", client.TokenEndpointAuthMethod)
	case !client.NeedsSecret():
		return "", nil
	case given == "":
		return newSecret(), nil
	case len(given) < MinSecretBytes || len(given) > maxSecretBytes:
		return "", oauth.InvalidClientMetadata.Errorf("client_secret must have %d to %d bytes", MinSecretBytes, maxSecretBytes)
	case !visibleASCII(string(given)): // RFC 6749 §A.2, less the space
		return "", oauth.InvalidClientMetadata.Errorf("client_secret must be visible ASCII characters")
	}
	return given, nil
}

// amendSecrets fits what is remembered of secrets to metadata that were changed. It
// can forget, and make nothing up.
func amendSecrets(client *oauth.Client) error {
	if !client.NeedsSecret() {
		client.Secrets = nil
		return nil
	}
	if len(client.Secrets) == 0 {
		return oauth.InvalidClientMetadata.Errorf("the client has no secret and cannot be given one; register another")
	}
	for i := range client.Secrets {
		if !client.NeedsSecretInClear() {
			client.Secrets[i].Sealed = nil
		} else if client.Secrets[i].Sealed == nil {
			return oauth.InvalidClientMetadata.Errorf("HS256 needs the secret in clear, and only its hash was kept; register another client")
		}
	}
	return nil
}

// newSecret has 256 bits, in 52 characters, so that it serves as an HS256 key too.
func newSecret() oauth.Secret { return oauth.Secret(rand.Text() + rand.Text()) }

// keep returns what is remembered of a secret: its hash, and where the metadata
// names an HMAC algorithm, itself, sealed for this client alone.
func (c *Clients) keep(ctx context.Context, client oauth.Client, secret oauth.Secret) (oauth.ClientSecret, error) {
	kept := oauth.ClientSecret{Hash: secret.Hash(), Created: c.now().UTC()}
	if !client.NeedsSecretInClear() {
		return kept, nil
	}
	sealed, err := c.sealer.Seal(ctx, []byte(secret), sealPurpose(client))
	if err != nil {
		return oauth.ClientSecret{}, fmt.Errorf("seal client secret: %w", err)
	}
	kept.Sealed = sealed
	return kept, nil
}

func sealPurpose(client oauth.Client) string { return "client_secret " + client.ID }

// RotateSecret gives the client a new secret. The one before it stays good for
// the overlap, so that programs can change over; 0 ends it at once. A secret still
// older ends at once in any case.
func (c *Clients) RotateSecret(ctx context.Context, id string, overlap time.Duration) (oauth.Client, oauth.Secret, error) {
	if overlap < 0 || overlap > MaxSecretOverlap {
		return oauth.Client{}, "", oauth.InvalidRequest.Errorf("the overlap must be from 0 to %s", MaxSecretOverlap)
	}
	secret := newSecret()
	client, err := c.rewrite(ctx, id, func(client *oauth.Client) error {
		if !client.NeedsSecret() {
			return oauth.InvalidClientMetadata.Errorf("a client with token_endpoint_auth_method %s has no secret", client.TokenEndpointAuthMethod)
		}
		kept, err := c.keep(ctx, *client, secret)
		if err != nil {
			return err
		}
		client.Secrets = append([]oauth.ClientSecret{kept}, c.former(client.Secrets, overlap)...)
		return nil
	})
	if err != nil {
		return oauth.Client{}, "", err
	}
	method := "overlapping"
	if overlap == 0 {
		method = "at once"
	}
	c.trail.Record(ctx, audit.Event{Kind: audit.ClientSecretRotated, Client: id, Method: method})
	return client, secret, nil
}

// SecretPlaces are the names of a client's secrets: the one that it was given last, and
// the one before that, which ends by itself.
func SecretPlaces() [2]string { return [2]string{"current", "former"} }

// WithdrawSecretAt ends one of a client's two secrets, by its place, where the record is
// at this version. The other one stays, and ends no more: a client that has secrets never
// loses its last one, or nobody could say who it is.
func (c *Clients) WithdrawSecretAt(ctx context.Context, id, at, place string) (oauth.Client, error) {
	places := SecretPlaces()
	ended := slices.Index(places[:], place)
	if ended < 0 {
		return oauth.Client{}, oauth.InvalidRequest.Errorf("a client's secrets are the current and the former one")
	}
	client, err := c.rewriteAt(ctx, id, at, func(client *oauth.Client) error {
		client.Secrets = slices.DeleteFunc(slices.Clone(client.Secrets), func(s oauth.ClientSecret) bool { return expired(s, c.now()) })
		if len(client.Secrets) < 2 {
			return oauth.InvalidClientMetadata.Errorf("there are no two secrets of which one could stay; make a new one, and end the former at once")
		}
		stays := client.Secrets[1-ended]
		stays.Expires = time.Time{}
		client.Secrets = []oauth.ClientSecret{stays}
		return nil
	})
	if err == nil {
		c.trail.Record(ctx, audit.Event{Kind: audit.ClientSecretWithdrawn, Client: id, Method: place})
	}
	return client, err
}

// former returns the newest of the secrets, to end when the overlap does.
func (c *Clients) former(secrets []oauth.ClientSecret, overlap time.Duration) []oauth.ClientSecret {
	if len(secrets) == 0 || overlap == 0 {
		return nil
	}
	newest := secrets[0]
	newest.Expires = c.now().Add(overlap).UTC()
	return []oauth.ClientSecret{newest}
}

// SecretInClear returns the client's current secret, for signing by HS256.
func (c *Clients) SecretInClear(ctx context.Context, client oauth.Client) (oauth.Secret, error) {
	secrets, err := c.SecretsInClear(ctx, client)
	if err != nil {
		return "", err
	}
	return secrets[0], nil
}

// SecretsInClear returns the client's good secrets, the current one first, for
// checking what was signed by HS256 with any of them. There is at least one.
func (c *Clients) SecretsInClear(ctx context.Context, client oauth.Client) ([]oauth.Secret, error) {
	var secrets []oauth.Secret
	for _, kept := range client.Secrets {
		if expired(kept, c.now()) || kept.Sealed == nil {
			continue
		}
		secret, err := c.sealer.Open(ctx, kept.Sealed, sealPurpose(client))
		if err != nil {
			return nil, fmt.Errorf("open client secret: %w", err)
		}
		secrets = append(secrets, oauth.Secret(secret))
	}
	if len(secrets) == 0 {
		return nil, fmt.Errorf("client %s has no secret in clear", client.ID)
	}
	return secrets, nil
}

func expired(s oauth.ClientSecret, now time.Time) bool {
	return !s.Expires.IsZero() && !now.Before(s.Expires)
}
