package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// An entry is how a record lies in the file: a byte that names this form, the
// expiry in seconds (0: never), the version after its length, the value.
type entry struct {
	kind    byte
	expires int64
	version string
	value   []byte // bbolt's memory, valid within the transaction
}

// The kinds of entry.
const (
	kindRecord  = 1
	kindCounter = 2
)

var errEntry = errors.New("store: damaged entry")

func (e entry) encode() []byte {
	b := make([]byte, 0, 10+len(e.version)+len(e.value))
	b = append(b, e.kind)
	b = binary.BigEndian.AppendUint64(b, uint64(e.expires))
	b = append(b, byte(len(e.version)))
	b = append(b, e.version...)
	return append(b, e.value...)
}

func decode(b []byte) (entry, error) {
	e, err := decodeHead(b)
	if err != nil {
		return entry{}, err
	}
	end := 10 + int(b[9])
	e.version, e.value = string(b[10:end]), b[end:]
	return e, nil
}

// decodeHead is decode without the version and the value, and allocates nothing.
func decodeHead(b []byte) (entry, error) {
	if len(b) < 10 || len(b) < 10+int(b[9]) || (b[0] != kindRecord && b[0] != kindCounter) {
		return entry{}, errEntry
	}
	return entry{kind: b[0], expires: int64(binary.BigEndian.Uint64(b[1:9]))}, nil
}

func (e entry) expired(now int64) bool { return e.expires != 0 && e.expires <= now }

// record copies the entry out of the transaction.
func (e entry) record(key store.Key) store.Record {
	r := store.Record{Key: key, Value: bytes.Clone(e.value), Version: e.version}
	if e.expires != 0 {
		r.Expires = time.Unix(e.expires, 0)
	}
	return r
}

// seconds is the inverse of what record does with the expiry.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// encodeKey keeps partitions apart whatever they contain, and a partition's records
// in the order of their sort keys.
func encodeKey(partition, sort string) []byte {
	b := make([]byte, 0, 2+len(partition)+len(sort))
	b = binary.BigEndian.AppendUint16(b, uint16(len(partition)))
	b = append(b, partition...)
	return append(b, sort...)
}
