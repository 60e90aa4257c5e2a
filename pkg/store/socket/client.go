package socket

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Client speaks to a server in another process.
type Client struct{ http *http.Client }

// Dial returns a client of the socket at path. It connects with the first request;
// when nobody listens that gets store.ErrUnavailable.
func Dial(path string) *Client {
	name := shorten(path)
	return &Client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", name)
		},
		MaxIdleConnsPerHost: 16,
	}}}
}

// Table returns the table of that name.
func (c *Client) Table(name string) store.Table { return &table{client: c, name: name} }

// Close closes the connections that are not in use.
func (c *Client) Close() { c.http.CloseIdleConnections() }

type table struct {
	client *Client
	name   string
}

// Get implements store.Table.
func (t *table) Get(ctx context.Context, key store.Key) (store.Record, error) {
	if key.Validate() != nil { // JSON would mend what is not UTF-8
		return store.Record{}, fmt.Errorf("%w: %s", store.ErrNotFound, key)
	}
	out, err := t.post(ctx, "get", request{Key: key})
	if err != nil {
		return store.Record{}, err
	}
	if len(out.Records) != 1 {
		return store.Record{}, fmt.Errorf("store: socket: %d records for one", len(out.Records))
	}
	return out.Records[0], nil
}

// List implements store.Table.
func (t *table) List(ctx context.Context, partition, prefix string, page store.Page) ([]store.Record, store.Page, error) {
	if (store.Key{Partition: partition, Sort: cmp.Or(prefix, "any")}).Validate() != nil {
		return nil, store.Page{}, nil
	}
	out, err := t.post(ctx, "list", request{Partition: partition, Prefix: prefix, Page: page})
	return out.Records, out.Page, err
}

// Write implements store.Table. It is sent once: a write whose answer was lost is
// unavailable to the caller, and nobody repeats it.
func (t *table) Write(ctx context.Context, changes ...store.Change) error {
	if err := store.Validate(changes); err != nil {
		return err
	}
	_, err := t.post(ctx, "write", request{Changes: changes})
	return err
}

// Count implements store.Table.
func (t *table) Count(ctx context.Context, key store.Key, delta int, limit store.Limit) (int, error) {
	if err := key.Validate(); err != nil {
		return 0, err
	}
	out, err := t.post(ctx, "count", request{Key: key, Delta: delta, Limit: limit})
	return out.Count, err
}

func (t *table) post(ctx context.Context, operation string, in request) (response, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return response{}, fmt.Errorf("store: socket: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://ostiary/"+t.name+"/"+operation, bytes.NewReader(body))
	if err != nil {
		return response{}, fmt.Errorf("store: socket: %w", err)
	}
	got, err := t.client.http.Do(r)
	if err != nil {
		return response{}, fmt.Errorf("%w: socket: %w", store.ErrUnavailable, err)
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return response{}, fmt.Errorf("%w: socket: %w", store.ErrUnavailable, err)
	}
	if got.StatusCode != http.StatusOK {
		return response{}, fmt.Errorf("store: socket: %s: %s", got.Status, bytes.TrimSpace(text))
	}
	var out response
	if err := json.Unmarshal(text, &out); err != nil {
		return response{}, fmt.Errorf("store: socket: %w", err)
	}
	return out, out.Failure.unwrap()
}
