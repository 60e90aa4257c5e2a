package endpoint

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/journal"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Status returns the status lists, by which a gate learns what was revoked, and the
// list of them. They stand apart from Discovery because they read the state table
// and sign: where that fails, or every gate asks at once, metadata and keys are
// served as before.
func (p *Provider) Status() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+statusPath, p.statusDoor("status-lists", p.statusLists))
	mux.Handle("GET "+statusPath+"/{list}", p.statusDoor("status-list", p.statusList))
	return inbound.Exact(mux)
}

// statusDoor wraps a door that everybody may come to, from any origin.
func (p *Provider) statusDoor(name string, d door) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", "*") // Token Status List §8.1
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		p.answer(w, r, name, d)
	})
}

var statusMaxAge = "public, max-age=" + strconv.Itoa(int(issue.StatusListTTL.Seconds()))

// statusList serves one list (Token Status List §8.2). A cache on the way may keep it
// for its ttl, and says how long it did, so that nobody believes it for longer.
func (p *Provider) statusList(w http.ResponseWriter, r *http.Request, _ *journal.Entry) error {
	if r.URL.Query().Has("time") { // how a token stood in the past is not kept: §8.4
		w.WriteHeader(http.StatusNotImplemented)
		return nil
	}
	header := w.Header()
	header.Set("Vary", "Accept")
	if !acceptsStatusList(r) {
		w.WriteHeader(http.StatusNotAcceptable)
		return nil
	}
	number, err := strconv.ParseInt(r.PathValue("list"), 10, 64)
	if err != nil || r.PathValue("list") != strconv.FormatInt(number, 10) {
		w.WriteHeader(http.StatusNotFound)
		return nil
	}
	list, err := p.issuer.StatusList(r.Context(), number, known(r))
	if errors.Is(err, store.ErrNotFound) && !oauth.TemporarilyUnavailable.In(err) {
		w.WriteHeader(http.StatusNotFound)
		return nil
	}
	if err != nil {
		return err
	}
	header.Set("Cache-Control", statusMaxAge)
	header.Set("ETag", `"`+list.ETag+`"`)
	if list.Token == "" { // RFC 9110 §13.1.2
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	header.Set("Content-Type", "application/"+oauth.TypStatusList)
	_, _ = w.Write([]byte(list.Token)) // the client has gone away; there is nobody to tell
	return nil
}

// known is the ETag of the list that the asker has, weak or strong (RFC 9110 §13.1.2).
func known(r *http.Request) string {
	return strings.Trim(strings.TrimPrefix(r.Header.Get("If-None-Match"), "W/"), `"`)
}

// acceptsStatusList reports whether the asker takes the one form that there is (RFC
// 9110 §12.5.1). What it likes best does not matter.
func acceptsStatusList(r *http.Request) bool {
	accept := r.Header.Values("Accept")
	if len(accept) == 0 {
		return true
	}
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		kind, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality, err := strconv.ParseFloat(parameters["q"], 64)
		if err == nil && quality == 0 {
			continue
		}
		switch kind {
		case "application/" + oauth.TypStatusList, "application/*", "*/*":
			return true
		}
	}
	return false
}

// statusLists names all lists (Token Status List §9.3).
func (p *Provider) statusLists(w http.ResponseWriter, r *http.Request, _ *journal.Entry) error {
	uris, err := p.issuer.StatusListURIs(r.Context())
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string][]string{"status_lists": uris})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", statusMaxAge)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
	return nil
}
