package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// How long the answer to an Idempotency-Key is kept, and how long a request that has one
// can be under way: longer than any function runs.
const (
	keptAnswer = 24 * time.Hour
	underWayAt = time.Minute
)

// doneRecord is what lies at a key: which request it belongs to, and how that was
// answered, sealed, for a new secret may stand in it.
type doneRecord struct {
	Request []byte `json:"request"`          // SHA-256
	Answer  []byte `json:"answer,omitempty"` // empty while it is under way
}

// doneAnswer is an answer that is kept.
type doneAnswer struct {
	Status  int             `json:"status"`
	Version string          `json:"version,omitempty"`
	Header  http.Header     `json:"header,omitempty"`
	Body    json.RawMessage `json:"body,omitempty"`
}

// once acts, and where the request has an Idempotency-Key does so once: who sends it
// again gets the answer again (the header of draft-ietf-httpapi-idempotency-key-header).
// A key belongs to who sent it, and to one request. What was refused is not kept.
func (a *API) once(r route, c *call) (answer, error) {
	id := c.Header.Get("Idempotency-Key")
	if r.method != http.MethodPost || id == "" {
		return r.act(c)
	}
	if len(id) > 255 || strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r > '~' }) {
		return answer{}, problem{malformed, "an Idempotency-Key has at most 255 printable ASCII characters"}
	}
	key := doneKey(c.by, id)
	begun := doneRecord{Request: c.fingerprint()}
	err := a.state.Write(c.Context(), store.Put(key, begun).Until(a.now().Add(underWayAt)).IfAbsent())
	var conflict *store.Conflict
	if errors.As(err, &conflict) {
		return a.again(c, key, begun, conflict.Record)
	}
	if err != nil {
		return answer{}, err
	}
	ctx := context.WithoutCancel(c.Context()) // who hangs up has acted all the same
	made, err := r.act(c)
	if err != nil {
		_ = a.state.Write(ctx, store.Delete(key)) // else it ends by itself
		return made, err
	}
	return made, a.keep(ctx, key, begun, made)
}

// keep remembers an answer.
func (a *API) keep(ctx context.Context, key store.Key, done doneRecord, made answer) error {
	kept := doneAnswer{Status: made.status, Version: made.version, Header: made.header}
	var err error
	if made.body != nil {
		if kept.Body, err = json.Marshal(made.body); err != nil {
			return err
		}
	}
	clear, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if done.Answer, err = a.sealer.Seal(ctx, clear, donePurpose(key)); err != nil {
		return err
	}
	return a.state.Write(ctx, store.Put(key, done).Until(a.now().Add(keptAnswer)))
}

// again answers a request whose key was used.
func (a *API) again(c *call, key store.Key, sent doneRecord, standing store.Record) (answer, error) {
	if standing.Version == "" {
		return answer{}, problem{underWay, "it has just ended; send it again"}
	}
	kept, err := store.Decode[doneRecord](standing)
	if err != nil {
		return answer{}, err
	}
	if string(kept.Request) != string(sent.Request) {
		return answer{}, problem{keyReused, "another request was sent with this key; take a new one"}
	}
	if len(kept.Answer) == 0 {
		return answer{}, problem{underWay, "wait for its answer, or send it again later"}
	}
	clear, err := a.sealer.Open(c.Context(), kept.Answer, donePurpose(key))
	if err != nil {
		return answer{}, err
	}
	var done doneAnswer
	if err := json.Unmarshal(clear, &done); err != nil {
		return answer{}, err
	}
	made := answer{status: done.Status, version: done.Version, header: done.Header}
	if done.Body != nil {
		made.body = done.Body
	}
	return made, nil
}

// fingerprint tells one request from another.
func (c *call) fingerprint() []byte {
	sum := sha256.Sum256([]byte(c.Method + " " + c.URL.EscapedPath() + "?" + c.URL.RawQuery + "\n" + string(c.body)))
	return sum[:]
}

// doneKey is where a key of this caller lies. Nobody else's leads there.
func doneKey(by admin.Caller, id string) store.Key {
	return store.Key{Partition: "idempotency#" + store.Digest(by.ClientID, by.UserID, id), Sort: "answer"}
}

func donePurpose(key store.Key) string { return "answer of " + key.Partition }
