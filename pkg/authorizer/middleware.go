package authorizer

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"net/url"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Middleware lets requests pass to next as Check decides, and answers the others
// with what RFC 6750 §3 asks for. FromContext tells next whose they are. It also
// serves the resource's metadata, where the settings have any (RFC 9728 §3).
//
// It believes what the connection says and no header: behind a load balancer the
// caller's address is the balancer's, and mutual TLS ends there.
func (a *Authorizer) Middleware(next http.Handler) http.Handler {
	metadata, address := a.Metadata(), metadataPath(a.challenger.metadata)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if metadata != nil && r.URL.Path == address && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			serveMetadata(w, metadata)
			return
		}
		start := a.now()
		v := a.Check(r.Context(), a.requestOf(r))
		a.record(r.Context(), start, "net/http", v)
		if v.Outcome != Allowed {
			refuse(w, v)
			return
		}
		if !anonymous(v.Token) {
			r = r.WithContext(context.WithValue(r.Context(), tokenKey{}, v.Token))
		}
		next.ServeHTTP(w, r)
	})
}

type tokenKey struct{}

// FromContext returns the verified token of a request that Middleware let pass. It
// is false on a public route to which none was shown.
func FromContext(ctx context.Context) (oauth.AccessToken, bool) {
	t, ok := ctx.Value(tokenKey{}).(oauth.AccessToken)
	return t, ok
}

// requestOf is what the gate judges of a request.
func (a *Authorizer) requestOf(r *http.Request) Request {
	q := Request{Method: r.Method, Path: r.URL.EscapedPath(), Header: r.Header, Cookies: split(r.Header["Cookie"])}
	if r.Method == http.MethodHead && !slices.ContainsFunc(a.rules.list, func(u rule) bool { return u.method == http.MethodHead }) {
		q.Method, q.sent = http.MethodGet, http.MethodHead // net/http's own routes take both for one
	}
	if query, err := url.ParseQuery(r.URL.RawQuery); err == nil {
		q.Query = query
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		q.SourceIP = host
	}
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		q.ClientCert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.TLS.PeerCertificates[0].Raw}))
	}
	return q
}

// refuse answers with the status that the reason's code implies, the challenges,
// and the reason as JSON.
func refuse(w http.ResponseWriter, v Verdict) {
	e := oauth.AsError(v.Reason)
	for _, challenge := range v.Challenges {
		w.Header().Add("WWW-Authenticate", challenge)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(e.Code.Status())
	_ = json.NewEncoder(w).Encode(map[string]string{"error": string(e.Code), "error_description": e.Description})
}
