package issue

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// StatusListTTL is how long a status list may be kept before it is asked for again.
// It is the first part of the time that a revocation takes to reach a gate.
const StatusListTTL = 5 * time.Second

const (
	// listLifetime is how long a signed list can be believed at all. One that has not
	// changed is served anew only when half of that is over.
	listLifetime = 5 * time.Minute

	// maxAggregated bounds the list of lists. No index is used for longer than some
	// days, if its grant is refreshed every day, so older lists are of no more use.
	maxAggregated = 256
)

// StatusList is a Status List Token (Token Status List §5.1) as it is served.
type StatusList struct {
	Token string // "" when the asker has it already
	ETag  string // names what the list says and when it was signed
}

// statusListClaims are the claims of a Status List Token (Token Status List §5.1).
type statusListClaims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"` // the list's own URI
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	TTL      int64  `json:"ttl"`
	List     struct {
		Bits        int    `json:"bits"`
		List        string `json:"lst"`
		Aggregation string `json:"aggregation_uri"`
	} `json:"status_list"`
}

// statusLists is what a process remembers of the lists.
type statusLists struct {
	next    atomic.Int64 // how far the indexes had got when we last looked
	writers sync.Pool    // of *zlib.Writer, which are large
}

// StatusList signs the list of this number as it is now. Whoever has the one that
// etag names, and can go on with it, gets no token. store.ErrNotFound for a list that
// no token refers to.
func (i *Issuer) StatusList(ctx context.Context, number int64, etag string) (StatusList, error) {
	now := i.now() // before it is read: the list is no younger than it says
	var bits []byte
	group, reading := errgroup.WithContext(ctx)
	group.Go(func() error { return i.inUse(reading, number) })
	group.Go(func() (err error) {
		bits, err = i.setBits(reading, number)
		return err
	})
	if err := group.Wait(); err != nil {
		return StatusList{}, err
	}
	sum := sha256.Sum256(bits)
	content := base64.RawURLEncoding.EncodeToString(sum[:12])
	if stillGood(etag, content, now) {
		return StatusList{ETag: etag}, nil
	}
	compressed, err := i.lists.compress(bits)
	if err != nil {
		return StatusList{}, err
	}
	claims := statusListClaims{
		Issuer: i.cfg.Issuer, Subject: i.statusListURI(number), IssuedAt: now.Unix(),
		Expires: now.Add(listLifetime).Unix(), TTL: int64(StatusListTTL.Seconds()),
	}
	claims.List.Bits, claims.List.List = 1, base64.RawURLEncoding.EncodeToString(compressed)
	claims.List.Aggregation = i.cfg.Issuer + StatusPath
	token, err := i.ring.Sign(ctx, oauth.ES256, oauth.TypStatusList, claims)
	return StatusList{token, content + "." + strconv.FormatInt(now.Unix(), 10)}, err
}

// stillGood reports whether the list of this name has this content and much of its
// life before it. The name is the asker's own; by a wrong one they fool nobody else.
func stillGood(etag, content string, now time.Time) bool {
	known, signed, _ := strings.Cut(etag, ".")
	seconds, err := strconv.ParseInt(signed, 10, 64)
	age := now.Sub(time.Unix(seconds, 0))
	return err == nil && known == content && age >= 0 && age < listLifetime/2
}

// StatusListURIs names the lists that tokens may refer to (Token Status List §9.3).
func (i *Issuer) StatusListURIs(ctx context.Context) ([]string, error) {
	next, err := i.nextIndex(ctx)
	if err != nil {
		return nil, err
	}
	uris := []string{}
	newest := (next - 1) / listSize
	for number := max(0, newest-maxAggregated+1); next > 0 && number <= newest; number++ {
		uris = append(uris, i.statusListURI(number))
	}
	return uris, nil
}

// inUse returns store.ErrNotFound for a list that no index was taken from. The
// indexes only ever grow, so a list that was in use once is not asked about again.
func (i *Issuer) inUse(ctx context.Context, number int64) error {
	if number < 0 {
		return store.ErrNotFound
	}
	if number < (i.lists.next.Load()+listSize-1)/listSize {
		return nil
	}
	next, err := i.nextIndex(ctx)
	if err != nil {
		return err
	}
	if number > (next-1)/listSize || next == 0 {
		return store.ErrNotFound
	}
	return nil
}

func (i *Issuer) nextIndex(ctx context.Context) (int64, error) {
	next, _, err := store.Load[int64](ctx, i.state, statusCounter())
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err == nil {
		i.lists.next.Store(next)
	}
	return next, err
}

// setBits reads a list: the first status is the lowest bit of the first byte (Token
// Status List §4.1).
func (i *Issuer) setBits(ctx context.Context, number int64) ([]byte, error) {
	var shards [statusShards][]store.Record
	group, ctx := errgroup.WithContext(ctx)
	for shard := range shards {
		group.Go(func() (err error) {
			shards[shard], err = store.All(ctx, i.state, statusPartition(number, int64(shard)), revokedPrefix)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	bits := make([]byte, listSize/8)
	for _, records := range shards {
		for _, record := range records {
			first, count, ok := parseRevoked(record.Key.Sort)
			if !ok {
				return nil, errors.New("a revoked index cannot be read")
			}
			for bit := first; bit < first+count; bit++ {
				bits[bit/8] |= 1 << (bit % 8)
			}
		}
	}
	return bits, nil
}

// compress is ZLIB at its best level (Token Status List §4.1).
func (l *statusLists) compress(bits []byte) ([]byte, error) {
	var b bytes.Buffer
	w, ok := l.writers.Get().(*zlib.Writer)
	if ok {
		w.Reset(&b)
	} else {
		w, _ = zlib.NewWriterLevel(&b, zlib.BestCompression) // a level that there is
	}
	defer l.writers.Put(w)
	if _, err := w.Write(bits); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}
