package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// ProofsOnce remembers used DPoP proofs in the state table, for all instances alike
// (RFC 9449 §11.1).
func ProofsOnce(state store.Table) verify.Once {
	return func(ctx context.Context, key string, until time.Time) error {
		err := state.Write(ctx, store.Put(store.Key{Partition: "proof#" + key, Sort: "used"}, struct{}{}).Until(until).IfAbsent())
		var conflict *store.Conflict
		if errors.As(err, &conflict) {
			return verify.ErrReplayed
		}
		if err != nil {
			return fmt.Errorf("remember a proof: %w", err)
		}
		return nil
	}
}
