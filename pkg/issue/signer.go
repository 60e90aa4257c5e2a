package issue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/keys"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// sign makes a compact JWS of the claims.
type sign func(ctx context.Context, typ string, claims any) (string, error)

// accessTokenSigner returns what signs access tokens for the approval: as the
// API that they are meant for is registered, else as the client is, else ES256.
func (i *Issuer) accessTokenSigner(ctx context.Context, a Approval) (sign, error) {
	api, err := i.resourceServer(ctx, a.Audience[0])
	if err != nil {
		return nil, err
	}
	switch {
	case api.AccessTokenSignedResponseAlg != "":
		return i.signer(ctx, api, api.AccessTokenSignedResponseAlg)
	case a.Client.AccessTokenSignedResponseAlg != "":
		return i.signer(ctx, a.Client, a.Client.AccessTokenSignedResponseAlg)
	default:
		return i.signer(ctx, a.Client, oauth.ES256)
	}
}

// signer returns what signs with alg: the ring's key, or, for HS256, the secret
// that owner was registered with.
func (i *Issuer) signer(ctx context.Context, owner oauth.Client, alg oauth.Alg) (sign, error) {
	if !alg.Symmetric() {
		return func(ctx context.Context, typ string, claims any) (string, error) {
			return i.ring.Sign(ctx, alg, typ, claims)
		}, nil
	}
	secret, err := i.clients.SecretInClear(ctx, owner)
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, typ string, claims any) (string, error) {
		return keys.SignHS256([]byte(secret), typ, claims)
	}, nil
}

// resourceServer returns the client that is registered with the resource, or the
// zero Client. How an API wants its tokens signed changes rarely and authorises
// nothing, so the answer is kept for signerAge, and a token request costs one
// read less.
func (i *Issuer) resourceServer(ctx context.Context, resource string) (oauth.Client, error) {
	if api, ok := i.signers.get(resource, i.now()); ok {
		return api, nil
	}
	api, err := i.clients.Resource(ctx, resource)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return oauth.Client{}, err
	}
	i.signers.put(resource, api, i.now())
	return api, nil
}

const signerAge = 10 * time.Second

// signers remembers resource servers. Only audiences that a registration names
// come here, so it is as small as the registry.
type signers struct {
	mu    sync.Mutex
	known map[string]knownSigner
}

type knownSigner struct {
	api  oauth.Client
	read time.Time
}

func (s *signers) get(resource string, now time.Time) (oauth.Client, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.known[resource]
	return k.api, ok && now.Sub(k.read) < signerAge
}

func (s *signers) put(resource string, api oauth.Client, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]knownSigner{}
	}
	s.known[resource] = knownSigner{api, now}
}
