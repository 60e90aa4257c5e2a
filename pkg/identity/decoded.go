package identity

import (
	"reflect"
	"sync"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// The bounds of what is kept decoded. A client has some 2 kB, a person less; a client
// that registers itself can have 64, and then is decoded anew each time.
const (
	maxDecoded      = 1024    // of a kind
	maxDecodedBytes = 8 << 10 // of one record
)

// decoded saves the decoding of clients and people, which costs more than reading them.
// It never answers by itself: every use has read the record, strongly consistent,
// and a record's version changes with every write.
type decoded[T any] struct {
	mu    sync.Mutex
	known map[string]decodedValue[T] // by ID
}

type decodedValue[T any] struct {
	version string
	value   T
}

// decode returns what a record holds. It is shared: who wants to change it loads it for
// themselves.
func (d *decoded[T]) decode(id string, r store.Record) (T, error) {
	d.mu.Lock()
	kept, ok := d.known[id]
	d.mu.Unlock()
	if ok && kept.version == r.Version {
		return kept.value, nil
	}
	value, err := store.Decode[T](r)
	if err != nil || len(r.Value) > maxDecodedBytes {
		return value, err
	}
	clip(reflect.ValueOf(&value))
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil || len(d.known) >= maxDecoded {
		d.known = map[string]decodedValue[T]{}
	}
	d.known[id] = decodedValue[T]{r.Version, value}
	return value, nil
}

// clip keeps an append to one of the value's lists, wherever it is, from writing into
// the kept one.
func clip(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() {
				clip(field)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			clip(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			clip(v.Index(i))
		}
		v.Set(v.Slice3(0, v.Len(), v.Len()))
	}
}
