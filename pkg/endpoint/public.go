package endpoint

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/journal"
)

// publicAge is how long public documents may be kept. Keys are published at least
// twice as long before they sign (KEY_PUBLISH_AHEAD is 10 minutes or more).
const publicAge = "public, max-age=300"

// document is what everybody may read, with its entity tag.
type document struct {
	body []byte
	etag string
}

func newDocument(body []byte) *document {
	sum := sha256.Sum256(body)
	return &document{body, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

// fixedMetadata is describe's answer, which never changes while the process lives.
func (p *Provider) fixedMetadata() (func(context.Context) (*document, error), error) {
	body, err := json.Marshal(p.describe())
	fixed := newDocument(body)
	return func(context.Context) (*document, error) { return fixed, nil }, err
}

// keySet is the public keys (RFC 7517 §5). The ring returns the same bytes until
// the keys change, so their tag is computed once.
func (p *Provider) keySet(ctx context.Context) (*document, error) {
	body, err := p.ring.JWKS(ctx)
	if err != nil {
		return nil, err
	}
	last := p.lastKeySet.Load()
	if last == nil || len(last.body) != len(body) || &last.body[0] != &body[0] {
		last = newDocument(body)
		p.lastKeySet.Store(last)
	}
	return last, nil
}

// public wraps a document that everybody may read and keep for a while.
func (p *Provider) public(name string, read func(context.Context) (*document, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.answer(w, r, name, func(w http.ResponseWriter, r *http.Request, _ *journal.Entry) error {
			header := w.Header()
			header.Set("Access-Control-Allow-Origin", "*")
			header.Set("X-Content-Type-Options", "nosniff")
			d, err := read(r.Context())
			if err != nil {
				header.Set("Cache-Control", "no-store")
				return err
			}
			header.Set("Cache-Control", publicAge)
			header.Set("ETag", d.etag)
			if strings.Contains(r.Header.Get("If-None-Match"), d.etag) { // RFC 9110 §13.1.2
				w.WriteHeader(http.StatusNotModified)
				return nil
			}
			header.Set("Content-Type", "application/json")
			_, _ = w.Write(d.body) // the client has gone away; there is nobody to tell
			return nil
		})
	})
}
