package endpoint

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/journal"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// publicAge is how long public documents may be kept. Keys are published at least
// twice as long before they sign (KEY_PUBLISH_AHEAD is 10 minutes or more).
const publicAge = "public, max-age=300"

// What the header fields of public answers say, made once and written many times.
var (
	everybody   = []string{"*"}
	nosniff     = []string{"nosniff"}
	keep        = []string{publicAge}
	contentJSON = []string{"application/json"}
)

// document is what everybody may read, with its entity tag as a header field.
type document struct {
	body []byte
	etag []string
}

func newDocument(body []byte) *document {
	sum := sha256.Sum256(body)
	return &document{body, []string{`"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}}
}

// described is the metadata where people may have these attributes, which are all that
// changes in them while the process lives.
type described struct {
	*document
	schema []oauth.Attribute
}

// metadata is describe's answer. Where it cannot be told which attributes there are, it
// is the last one: metadata need not name every claim (OpenID Connect Discovery §3), and
// nobody can use the provider without them.
func (p *Provider) metadata(ctx context.Context) (*document, error) {
	last := p.lastMetadata.Load()
	schema, err := p.users.KnownAttributes(ctx)
	if last != nil && (err != nil || sameList(last.schema, schema)) {
		return last.document, nil
	}
	body, err := json.Marshal(p.describe(schema))
	if err != nil {
		return nil, err
	}
	last = &described{newDocument(body), schema}
	p.lastMetadata.Store(last)
	return last.document, nil
}

// sameList reports whether two lists are one and the same.
func sameList[T any](a, b []T) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

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
			header["Access-Control-Allow-Origin"] = everybody
			header["X-Content-Type-Options"] = nosniff
			d, err := read(r.Context())
			if err != nil {
				header.Set("Cache-Control", "no-store")
				return err
			}
			header["Cache-Control"] = keep
			header["Etag"] = d.etag
			if strings.Contains(r.Header.Get("If-None-Match"), d.etag[0]) { // RFC 9110 §13.1.2
				w.WriteHeader(http.StatusNotModified)
				return nil
			}
			header["Content-Type"] = contentJSON
			_, _ = w.Write(d.body) // the client has gone away; there is nobody to tell
			return nil
		})
	})
}
