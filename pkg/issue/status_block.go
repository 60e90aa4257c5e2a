package issue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/kept"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

const (
	// maxBlocks bounds how many clients' blocks are held, some 150 bytes each.
	maxBlocks = 1024

	// blockAge is how long a process hands out the indexes of a block.
	blockAge = 24 * time.Hour
)

// statusBlocks hands out indexes from memory. A process takes a block of them for
// each client that it mints for; what it does not use is wasted. That a block has
// one owner, who is written down, lets everything that a client was given be revoked
// at once, whoever the tokens speak of.
type statusBlocks struct {
	mu   sync.Mutex
	held map[blockOwner]*statusBlock
}

type blockOwner struct {
	client     string
	registered int64
}

// statusBlock is a block that this process took, and how far it was used up. Its
// first index is the client's own; the others are grants', in random order, so that
// an index does not tell who came when.
type statusBlock struct {
	turn  kept.Turn   // whoever has it may read and write the rest
	first statusIndex // 0: none was taken yet
	taken time.Time
	order [blockSize]uint8
	given int
}

func (b *statusBlocks) of(owner blockOwner) *statusBlock {
	b.mu.Lock()
	defer b.mu.Unlock()
	block, ok := b.held[owner]
	if !ok {
		if b.held == nil || len(b.held) >= maxBlocks {
			b.held = map[blockOwner]*statusBlock{}
		}
		block = &statusBlock{turn: kept.NewTurn()}
		b.held[owner] = block
	}
	return block
}

// grantIndex returns an index that nobody else has or will have.
func (i *Issuer) grantIndex(ctx context.Context, client oauth.Client) (statusIndex, error) {
	return i.index(ctx, client, func(b *statusBlock) (statusIndex, bool) {
		if b.given == blockSize {
			return 0, false
		}
		b.given++
		return b.first + statusIndex(b.order[b.given-1]), true
	})
}

// clientIndex returns the index of tokens that the client has for itself. It is the
// same for as long as this process uses the block, so it costs no write a token.
func (i *Issuer) clientIndex(ctx context.Context, client oauth.Client) (statusIndex, error) {
	return i.index(ctx, client, func(b *statusBlock) (statusIndex, bool) {
		return b.first + statusIndex(b.order[0]), true
	})
}

// index has give take an index out of the client's block, and of a new one when it
// says that the block is used up.
func (i *Issuer) index(ctx context.Context, client oauth.Client, give func(*statusBlock) (statusIndex, bool)) (statusIndex, error) {
	block := i.blocks.of(ownsStatus(client))
	if err := block.turn.Enter(ctx); err != nil {
		return 0, err
	}
	defer block.turn.Leave()
	now := i.now()
	if block.first != 0 && kept.Apart(block.taken, now) < blockAge {
		if index, ok := give(block); ok {
			return index, nil
		}
	}
	first, err := i.takeBlock(ctx, client)
	if err != nil {
		return 0, fmt.Errorf("take a block of status indexes: %w", err)
	}
	block.first, block.taken, block.given = first, now.Round(0), 1 // the wall clock: an environment can be frozen
	for n, at := range rand.Perm(blockSize) {
		block.order[n] = uint8(at)
	}
	index, _ := give(block)
	return index, nil
}

// takeBlock takes the next block for a client. The counter never expires, so no two
// processes, and none after a restart, ever get the same. The owner is written down
// before any index is used.
func (i *Issuer) takeBlock(ctx context.Context, client oauth.Client) (statusIndex, error) {
	for {
		next, err := i.state.Count(ctx, statusCounter(), blockSize, store.Limit{})
		if err != nil {
			return 0, err
		}
		first := statusIndex(next - blockSize)
		if first == 0 {
			continue // 0 is no index
		}
		// The last token with one of its indexes: handed out as late as can be, given to
		// a grant that was refreshed as late as can be.
		last := i.now().Add(blockAge + indexAge + i.cfg.RefreshIdleLifetime + revokedFor)
		if err := i.state.Write(ctx, store.Put(blockKey(client.ID, first), struct{}{}).Until(last)); err != nil {
			return 0, err
		}
		// endClient looks for blocks after the client was deleted. Either it finds this
		// one, or this misses the client.
		again, err := i.clients.Get(ctx, client.ID)
		if err != nil {
			return 0, err
		}
		if !again.IssuedAt.Equal(client.IssuedAt) {
			return 0, oauth.InvalidClient.Errorf("unknown client")
		}
		return first, nil
	}
}

func statusCounter() store.Key { return store.Key{Partition: "status", Sort: "next"} }

const blockPrefix = "block#"

func blockKey(clientID string, first statusIndex) store.Key {
	return store.Key{Partition: "status-blocks#" + clientID, Sort: blockPrefix + strconv.FormatInt(int64(first), 10)}
}
