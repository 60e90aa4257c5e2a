package audit

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"strconv"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Every event lies once in each view that somebody asks by, all in one Write, so that
// no question needs a scan or an index:
//
//	view      partition               sort key           order
//	timeline  time#2026-11-23#SHARD   TIME#ID            oldest first, for export and follow
//	person    person#SUB              REVERSED#ID        newest first, for who looks at somebody
//	client    client#2026-11#SHARD#ID REVERSED#ID        newest first
//	address   address#NETWORK         REVERSED#ID        newest first; only what no person is known of
const (
	timelineKind = "time"
	personKind   = "person"
	clientKind   = "client"
	addressKind  = "address"

	timelineShards = 8 // of a day
	clientShards   = 4 // of a month; a client may have many people

	sortTime   = "2006-01-02T15:04:05.000000Z" // sorts as time does
	dayForm    = "2006-01-02"
	monthForm  = "2006-01"
	farthestMs = 9_999_999_999_999 // milliseconds; November 2286
)

// views returns the keys at which the event lies.
func (e Event) views() []store.Key {
	keys := []store.Key{{
		Partition: timelinePartition(e.Time, shardOf(e.ID, timelineShards)),
		Sort:      e.Time.UTC().Format(sortTime) + "#" + e.ID,
	}}
	newest := reversed(e.Time) + "#" + e.ID
	// An attempt at a known person and one at nobody lie in as many views, or the time
	// that a refusal takes would tell which it was.
	switch {
	case e.Subject != "":
		keys = append(keys, store.Key{Partition: personPartition(e.Subject), Sort: newest})
	case e.Address != "" && e.Kind.aimsAtPeople():
		keys = append(keys, store.Key{Partition: addressPartition(e.Address), Sort: newest})
	}
	if e.Client != "" {
		keys = append(keys, store.Key{Partition: clientPartition(e.Client, e.Time, shardOf(e.ID, clientShards)), Sort: newest})
	}
	return keys
}

// aimsAtPeople reports whether a stranger may bring an event of this kind about
// without knowing anybody.
func (k Kind) aimsAtPeople() bool {
	return k == SignInFailed || k == SignInDelayed || k == SignInLocked || k == PasswordResetAsked
}

func timelinePartition(at time.Time, shard int) string {
	return timelineKind + "#" + at.UTC().Format(dayForm) + "#" + strconv.Itoa(shard)
}

func personPartition(sub string) string { return personKind + "#" + sub }

func clientPartition(id string, at time.Time, shard int) string {
	return clientKind + "#" + at.UTC().Format(monthForm) + "#" + strconv.Itoa(shard) + "#" + id
}

func addressPartition(address string) string { return addressKind + "#" + network(address) }

// reversed sorts the other way round than time does.
func reversed(at time.Time) string { return fmt.Sprintf("%013d", farthestMs-at.UnixMilli()) }

func shardOf(id string, shards uint32) int {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(id))
	return int(hash.Sum32() % shards)
}

// network is what one subscriber has of addresses: see identity.Lockout.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		prefix, _ := ip.Prefix(64) // 64 bits fit
		return prefix.String()
	}
	return ip.String()
}
