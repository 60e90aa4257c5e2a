// Package outbox answers "whom do we still have to tell?": messages to the outside,
// written together with what they tell of, and delivered afterwards by whoever
// drains. Nobody waits for a delivery, and none is forgotten by a process that is
// frozen or dies: a message is delivered at least once, or ends as a dead letter.
package outbox

import (
	"crypto/rand"
	"encoding/json"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// How long a message lives.
const (
	Lifetime = 24 * time.Hour // after which a message that nobody takes is dead

	// undrained is how long a message waits for somebody to drain at all.
	undrained    = 7 * 24 * time.Hour
	deadLifetime = 30 * 24 * time.Hour
)

// Message is something that somebody outside is to be told.
type Message struct {
	ID       string          `json:"id"`
	Kind     string          `json:"kind"` // what the body is
	Body     json.RawMessage `json:"body"`
	Created  time.Time       `json:"created"`
	Attempts int             `json:"attempts"`         // begun so far
	Leased   time.Time       `json:"leased,omitzero"`  // until when one drainer has it for itself
	Failure  string          `json:"failure,omitzero"` // of the last attempt
}

// Outbox is the messages that lie in the state table. They are spread over shards,
// so that no partition has to take all of them, and lie in the order in which they
// are due.
type Outbox struct {
	state store.Table
	now   func() time.Time
}

// Open returns the outbox of the state table.
func Open(state store.Table) *Outbox { return &Outbox{state: state, now: time.Now} }

// Put is the change that sends a message. It is to be written together with what
// the message tells of, so that there is both or neither.
func (o *Outbox) Put(kind string, body any) store.Change {
	now := o.now().UTC()
	encoded, err := json.Marshal(body)
	m := Message{ID: rand.Text(), Kind: kind, Body: encoded, Created: now}
	if err != nil {
		return store.Put(m.dueKey(now), body) // carries the error to Write
	}
	return m.putAt(now).IfAbsent()
}

// A message waits below duePrefix, by the time when it is due, and is kept below
// deadPrefix when it was given up.
const (
	partitionPrefix = "outbox#"
	duePrefix       = "due#"
	deadPrefix      = "dead#"

	dueFormat = "2006-01-02T15:04:05.000Z" // sorts as time does
	numShards = 8
)

func partition(shard int) string { return partitionPrefix + strconv.Itoa(shard) }

func (m Message) partition() string {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(m.ID))
	return partition(int(hash.Sum32() % numShards))
}

func dueSort(due time.Time) string { return duePrefix + due.UTC().Format(dueFormat) }

func (m Message) dueKey(due time.Time) store.Key {
	return store.Key{Partition: m.partition(), Sort: dueSort(due) + "#" + m.ID}
}

func (m Message) deadKey() store.Key {
	return store.Key{Partition: m.partition(), Sort: deadPrefix + m.ID}
}

func (m Message) putAt(due time.Time) store.Change {
	return store.Put(m.dueKey(due), m).Until(m.Created.Add(undrained))
}
