package issue

import (
	"strconv"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// statusIndex is a place in the status lists, which are numbered through as if they
// were one. All access tokens of a grant share it. 0 is none: tokens from before
// there were lists have none.
type statusIndex int64

// Sizes of the status lists. A list is 16 kB before it is compressed; blocks divide
// it evenly, so that none lies in two lists.
const (
	listSize  = 1 << 17
	blockSize = 32
)

// How long an index is used, and how long it is remembered that it is no more good:
// until the last token that carries it has expired, whatever lifetime it was given.
const (
	indexAge   = oauth.MaxAccessTokenLifetime + time.Minute
	revokedFor = oauth.MaxAccessTokenLifetime + time.Minute
)

// StatusPath is where the list of all status lists is, below the issuer; the lists
// are below it.
const StatusPath = "/status"

// statusShards is how many partitions the set bits of one list are spread over.
const statusShards = 4

func (s statusIndex) list() int64 { return int64(s) / listSize }
func (s statusIndex) bit() int64  { return int64(s) % listSize }

// statusClaim is the status of an access token (Token Status List §6.1).
type statusClaim struct {
	List struct {
		Index int64  `json:"idx"`
		URI   string `json:"uri"`
	} `json:"status_list"`
}

func (i *Issuer) statusClaim(s statusIndex) (claim statusClaim) {
	if s != 0 {
		claim.List.Index, claim.List.URI = s.bit(), i.statusListURI(s.list())
	}
	return claim
}

func (i *Issuer) statusListURI(list int64) string {
	return i.cfg.Issuer + StatusPath + "/" + strconv.FormatInt(list, 10)
}

const revokedPrefix = "bit#"

// statusPartition holds a part of the bits of one list that are set.
func statusPartition(list, shard int64) string {
	return "status#" + strconv.FormatInt(list, 10) + "#" + strconv.FormatInt(shard, 10)
}

// revoked sets the bits of count indexes from the first on. They stay set: a bit
// that was cleared would revive tokens, so no write here can clear one.
func (i *Issuer) revoked(first statusIndex, count int64) store.Change {
	shard := first.bit() / blockSize % statusShards
	key := store.Key{
		Partition: statusPartition(first.list(), shard),
		Sort:      revokedPrefix + strconv.FormatInt(first.bit(), 10) + "+" + strconv.FormatInt(count, 10),
	}
	return store.Put(key, struct{}{}).Until(i.now().Add(revokedFor))
}

// parseRevoked reads the sort key that revoked writes.
func parseRevoked(sort string) (bit, count int64, ok bool) {
	from, many, _ := strings.Cut(strings.TrimPrefix(sort, revokedPrefix), "+")
	bit, err := strconv.ParseInt(from, 10, 64)
	count, err2 := strconv.ParseInt(many, 10, 64)
	return bit, count, err == nil && err2 == nil && bit >= 0 && count > 0 && bit+count <= listSize
}

// grantStatus is where a grant stands in the status lists. A grant that is refreshed
// for months moves on to a new index every day, so that a gate needs the lists of
// the last days alone and not of all time. The index before is revoked with it: its
// tokens may still live.
type grantStatus struct {
	Index  statusIndex `json:"idx"`
	Former statusIndex `json:"former,omitempty"`
	Since  int64       `json:"since"` // Unix seconds
}

// due reports whether the next tokens should have a new index. Those made together
// with the move still have the one before, for of two that refresh at once only one
// moves the grant on.
func (s grantStatus) due(now time.Time) bool { return now.Sub(time.Unix(s.Since, 0)) >= indexAge }

func (s grantStatus) move(to statusIndex, now time.Time) grantStatus {
	return grantStatus{Index: to, Former: s.Index, Since: now.Unix()}
}

// ownsStatus names who a block of indexes belongs to: a client, and one that took
// the name of another later is another.
func ownsStatus(c oauth.Client) blockOwner { return blockOwner{c.ID, c.IssuedAt.UnixNano()} }
