package identity

import (
	"reflect"
	"sync"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// The bounds of what is kept decoded. A client has some 2 kB; one that registers
// itself can have 64, and then is decoded anew each time.
const (
	maxDecoded      = 1024    // clients
	maxDecodedBytes = 8 << 10 // of one client's record
)

// decodedClients saves the decoding of clients, which costs more than reading them.
// It never answers by itself: every use has read the record, strongly consistent,
// and a record's version changes with every write.
type decodedClients struct {
	mu    sync.Mutex
	known map[string]decodedClient // by ID
}

type decodedClient struct {
	version string
	client  oauth.Client
}

// decode returns the client of a record. What it returns is shared: who wants to
// change it loads it for themselves.
func (d *decodedClients) decode(id string, r store.Record) (oauth.Client, error) {
	d.mu.Lock()
	kept, ok := d.known[id]
	d.mu.Unlock()
	if ok && kept.version == r.Version {
		return kept.client, nil
	}
	client, err := store.Decode[oauth.Client](r)
	if err != nil {
		return oauth.Client{}, err
	}
	if len(r.Value) > maxDecodedBytes {
		return client, nil
	}
	clip(reflect.ValueOf(&client))
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil || len(d.known) >= maxDecoded {
		d.known = map[string]decodedClient{}
	}
	d.known[id] = decodedClient{r.Version, client}
	return client, nil
}

// clip keeps an append to one of the client's lists, wherever it is, from writing into
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
