package audit

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Every event lies once in each view that somebody asks by, all in one Write, so that
// no question needs a scan or an index:
//
//	view      partition               sort key           order
//	timeline  time#2026-11-23#SHARD   TIME#ID            oldest first, for export and follow
//	person    person#SUB              REVERSED#ID        newest first, for who looks at somebody
//	client    client#2026-11#SHARD#ID REVERSED#ID        newest first
//	address   address#NETWORK         REVERSED#ID        newest first; who came in from there, or tried
const (
	timelineKind = "time"
	personKind   = "person"
	clientKind   = "client"
	addressKind  = "address"

	timelineShards = 8 // of a day
	clientShards   = 4 // of a month; a client may have many people

	sortTime  = "2006-01-02T15:04:05.000000Z" // sorts as time does
	dayForm   = "2006-01-02"
	monthForm = "2006-01"
	farthest  = 9_999_999_999_999_999 // microseconds, as sortTime has; November 2286
)

// views returns the keys at which the event lies.
func (e Event) views() []store.Key {
	keys := []store.Key{{
		Partition: timelinePartition(e.Time, shardOf(e.ID, timelineShards)),
		Sort:      e.Time.UTC().Format(sortTime) + "#" + e.ID,
	}}
	add := func(partition string) {
		keys = append(keys, store.Key{Partition: partition, Sort: at(e).newestKey()})
	}
	switch {
	case e.Subject != "":
		add(personPartition(e.Subject))
	case e.Kind.aimsAtPeople():
		// An attempt at a known person and one at nobody lie in as many views, or the time
		// that a refusal takes would tell which it was. No sub has a space.
		add(personPartition("nobody " + inbound.Network(e.Address)))
	}
	if e.Address != "" && e.Kind.comesIn() {
		add(addressPartition(e.Address))
	}
	if e.Client != "" {
		add(clientPartition(e.Client, e.Time, shardOf(e.ID, clientShards)))
	}
	return keys
}

// aimsAtPeople reports whether a stranger may bring an event of this kind about without
// knowing anybody.
func (k Kind) aimsAtPeople() bool {
	return k == SignInFailed || k == SignInDelayed || k == SignInLocked || k == PasswordResetAsked
}

// comesIn reports whether the event is asked for by where it came from.
func (k Kind) comesIn() bool {
	switch k {
	case SignInSucceeded, UserSignedUp, ClientLocked, FactorRefused, IdentityRefused, AdministrationRefused:
		return true
	}
	return k.aimsAtPeople()
}

func timelinePartition(at time.Time, shard int) string {
	return timelineKind + "#" + at.UTC().Format(dayForm) + "#" + strconv.Itoa(shard)
}

func personPartition(sub string) string { return personKind + "#" + sub }

func clientPartition(id string, at time.Time, shard int) string {
	return clientKind + "#" + at.UTC().Format(monthForm) + "#" + strconv.Itoa(shard) + "#" + id
}

func addressPartition(address string) string { return addressKind + "#" + inbound.Network(address) }

// reversed sorts the other way round than time does.
func reversed(at time.Time) string { return fmt.Sprintf("%016d", farthest-at.UnixMicro()) }

func shardOf(id string, shards uint32) int {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(id))
	return int(hash.Sum32() % shards)
}
