// Package socket answers "how do two processes share one database file?": the
// process that has it open serves the Table port on a Unix socket, and the others
// use it as if they had the file. What protects it is the file system: the folder
// is its owner's alone.
package socket

import (
	"errors"
	"fmt"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// A request is one operation of the port, which is the path it is posted to.
type request struct {
	Key       store.Key      `json:"key,omitzero"`
	Partition string         `json:"partition,omitempty"`
	Prefix    string         `json:"prefix,omitempty"`
	Page      store.Page     `json:"page,omitzero"`
	Changes   []store.Change `json:"changes,omitempty"`
	Delta     int            `json:"delta,omitempty"`
	Limit     store.Limit    `json:"limit,omitzero"`
}

// A response is what the operation returned.
type response struct {
	Records []store.Record `json:"records,omitempty"`
	Page    store.Page     `json:"page,omitzero"`
	Count   int            `json:"count,omitempty"`
	Failure *failure       `json:"failure,omitempty"`
}

// A failure is an error on its way.
type failure struct {
	Text     string          `json:"text"`
	Sentinel string          `json:"sentinel,omitempty"`
	Conflict *store.Conflict `json:"conflict,omitempty"`
}

// sentinels are the port's errors by their names on the wire.
func sentinels() map[string]error {
	return map[string]error{
		"not_found":   store.ErrNotFound,
		"limit":       store.ErrLimit,
		"unavailable": store.ErrUnavailable,
	}
}

func wrap(err error) *failure {
	if err == nil {
		return nil
	}
	f := &failure{Text: err.Error()}
	if errors.As(err, &f.Conflict) {
		return f
	}
	for name, sentinel := range sentinels() {
		if errors.Is(err, sentinel) {
			f.Sentinel = name
		}
	}
	return f
}

// unwrap makes an error that errors.Is and errors.As see as they would the
// original.
func (f *failure) unwrap() error {
	if f == nil {
		return nil
	}
	if f.Conflict != nil {
		return f.Conflict
	}
	if sentinel, ok := sentinels()[f.Sentinel]; ok {
		return &remote{text: f.Text, sentinel: sentinel}
	}
	return fmt.Errorf("%s", f.Text)
}

type remote struct {
	text     string
	sentinel error
}

// Error is the original's text.
func (r *remote) Error() string { return r.text }

// Unwrap returns the port's error.
func (r *remote) Unwrap() error { return r.sentinel }
