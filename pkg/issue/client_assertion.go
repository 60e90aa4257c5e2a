package issue

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// UseAssertion lets a client's assertion, which has been verified, work once (RFC
// 7523 §3, jti). Of any number of uses at once one gets a nil error. It returns
// invalid_client.
func (i *Issuer) UseAssertion(ctx context.Context, client oauth.Client, asserted verify.AssertedClient) error {
	key := assertionKey(client.ID, asserted.ID)
	err := i.state.Write(ctx, store.Put(key, struct{}{}).Until(asserted.Expires).IfAbsent())
	var conflict *store.Conflict
	if errors.As(err, &conflict) {
		return oauth.InvalidClient.Errorf("the client_assertion has been used already")
	}
	return err
}

// assertionKey is by the jti and not by the token, of which an ECDSA signature allows
// two (RFC 7518 §3.4). The hash keeps what a client chose from being a key.
func assertionKey(clientID, jti string) store.Key {
	return store.Key{Partition: "assertion#" + store.Digest(clientID, jti), Sort: "used"}
}
