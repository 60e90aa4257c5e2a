package api

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/journal"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// call is a request whose sender is known and may do what its route does.
type call struct {
	*http.Request
	by   admin.Caller
	body []byte

	// at is the version that the record must be at: "" is any.
	at string
}

// answer is what a route answers with.
type answer struct {
	status  int
	body    any // nil: none
	version string
	header  http.Header
}

// door is a route's handler, in numbered steps of which the route fills in the last.
func (a *API) door(r route) http.Handler {
	if r.open {
		return a.public(r.name, func(request *http.Request) (answer, error) { return r.act(&call{Request: request}) })
	}
	return a.logged(r.name, func(w http.ResponseWriter, request *http.Request, e *journal.Entry) (answer, error) {
		by, err := a.authenticate(request) // 1. Who asks?
		e.Client, e.Subject = by.ClientID, by.UserID
		if err != nil {
			return answer{}, err
		}
		if err := by.May(r.scope); err != nil { // 2. May they? Before anything is read or remembered for them.
			a.desk.Refused(request.Context(), by, r.name, err)
			return answer{}, challenge(r.scope, err)
		}
		c := &call{Request: request, by: by}
		if err := r.knows(request); err != nil { // 3. What was sent?
			return answer{}, err
		}
		if c.body, err = r.read(w, request); err != nil {
			return answer{}, err
		}
		if c.at, err = a.precondition(r, c); err != nil { // 4. What have they seen?
			return answer{}, err
		}
		made, err := a.once(r, c) // 5. Act, unless it was done already.
		a.desk.Refused(request.Context(), by, r.name, err)
		return made, challenge(r.scope, err)
	})
}

// public wraps what needs no token.
func (a *API) public(name string, act func(*http.Request) (answer, error)) http.Handler {
	return a.logged(name, func(_ http.ResponseWriter, r *http.Request, _ *journal.Entry) (answer, error) { return act(r) })
}

// logged answers a request and writes one line about it.
func (a *API) logged(name string, act func(http.ResponseWriter, *http.Request, *journal.Entry) (answer, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := journal.Entry{Door: name, Began: a.now()}
		header := w.Header()
		header.Set("Cache-Control", "no-store") // RFC 9111 §5.2.2.5: what is answered is for who asked
		header.Set("X-Content-Type-Options", "nosniff")
		r = r.WithContext(audit.WithOrigin(r.Context(), audit.Origin{Address: inbound.Address(r), UserAgent: r.UserAgent()}))
		made, err := act(w, r, &e)
		for name, values := range made.header {
			header[name] = values
		}
		var failure *oauth.Error
		if err == nil {
			err = made.write(w, r)
		}
		if err != nil {
			failure = asFailure(err)
			a.refuse(w, err)
		}
		journal.Record(r.Context(), a.log, e, a.now(), failure)
	})
}

// write sends a good answer.
func (m answer) write(w http.ResponseWriter, r *http.Request) error {
	if m.version != "" {
		w.Header().Set("ETag", entityTag(m.version))
		if read := r.Method == http.MethodGet || r.Method == http.MethodHead; read && named(r.Header.Values("If-None-Match"), m.version) {
			w.WriteHeader(http.StatusNotModified) // RFC 9110 §13.1.2
			return nil
		}
	}
	if m.body == nil {
		w.WriteHeader(m.status)
		return nil
	}
	encoded, ready := m.body.(json.RawMessage)
	if !ready {
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(m.body); err != nil {
			return err
		}
		encoded = buffer.Bytes()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(m.status)
	_, _ = w.Write(encoded) // the client has gone away; there is nobody to tell
	return nil
}

// authenticate says who sent a request: by the bearer token in its header, and nowhere
// else (RFC 6750 §2.1).
func (a *API) authenticate(r *http.Request) (admin.Caller, error) {
	token, err := inbound.Bearer(r)
	if err != nil {
		return admin.Caller{}, challenge("", err)
	}
	if token == "" {
		return admin.Caller{}, challenged{oauth.InvalidToken.Errorf("the request has no access token"), bearer}
	}
	by, err := a.desk.Bearer(r.Context(), token)
	return by, challenge("", err)
}

// bearer is the challenge to whoever showed nothing (RFC 6750 §3.1).
const bearer = `Bearer realm="ostiary admin"`

// challenged is a failure with the WWW-Authenticate header that goes with it.
type challenged struct {
	error
	header string
}

func (c challenged) Unwrap() error { return c.error }

// challenge adds what a 401 and a 403 carry (RFC 6750 §3), and leaves others alone.
func challenge(scope string, err error) error {
	if err == nil {
		return nil
	}
	expected := issue.Expect(err)
	switch expected.Code {
	case oauth.InvalidToken, oauth.InsufficientScope, oauth.InsufficientUserAuthentication:
	default:
		return err
	}
	header := bearer + `, error="` + string(expected.Code) + `", error_description="` + expected.Description + `"`
	if scope != "" {
		header += `, scope="` + scope + `"`
	}
	if expected.Code == oauth.InsufficientUserAuthentication {
		header += `, acr_values="` + oauth.ACRMultiFactor + `"` // RFC 9470 §3
	}
	return challenged{err, header}
}
