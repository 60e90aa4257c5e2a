package authorizer

import (
	"net/http"
	"net/url"
	"strings"
)

// Request is what the gate judges, whatever brought it: an event of any flavour or
// an http.Request.
type Request struct {
	Method, Path string // as the caller wrote them

	// Route is the API's own name of the route, "GET /pets/{id}"; "" when it has none.
	Route string

	Header  http.Header // canonical names, every value
	Query   url.Values
	Cookies []string // name=value

	SourceIP   string
	ClientCert string // PEM, from the request context only

	// sent is the method as the caller wrote it, where rules go by another; else "".
	sent string

	// also are other spellings of the path, such as the one without its stage. Each
	// may be the one that a server behind a catch-all goes by. The first is API
	// Gateway's own.
	also []string

	// bare is set where tokens come without a scheme, as AppSync wants them.
	bare bool
}

// place is the path by which the request was routed. A caller can write a stage's name
// into the other spellings.
func (r Request) place() string {
	if len(r.also) > 0 {
		return r.also[0]
	}
	return r.Path
}

// template returns the path of the request's route in the form of a rule's: "" when
// the API did not name one.
func (r Request) template() string {
	_, address, _ := strings.Cut(r.Route, " ")
	return template(address)
}
