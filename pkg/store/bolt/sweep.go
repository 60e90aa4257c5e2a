package bolt

import (
	"bytes"
	"slices"

	"go.etcd.io/bbolt"
)

// Every commit looks at sweepStep records of each table it changed. A write mostly
// adds fewer, so garbage stays in proportion to what is live.
const sweepStep = 16

// sweep looks at the next few records of a table, round and round, and removes
// those that have expired. It only collects garbage: every read compares the
// expiry itself.
func (db *DB) sweep(name string, bucket *bbolt.Bucket) error {
	now := db.now().Unix()
	var garbage [][]byte
	cursor := bucket.Cursor()
	key, value := cursor.Seek(db.swept[name])
	for range sweepStep {
		if key == nil {
			break
		}
		if e, err := decodeHead(value); err == nil && e.expired(now) {
			garbage = append(garbage, bytes.Clone(key))
		}
		key, value = cursor.Next()
	}
	db.swept[name] = slices.Clone(key) // nil, the beginning, after the last
	for _, key := range garbage {
		if err := bucket.Delete(key); err != nil {
			return err
		}
	}
	return nil
}
