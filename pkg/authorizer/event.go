package authorizer

import (
	"errors"
	"slices"
	"strings"
)

// kind is a flavour of event.
type kind int

const (
	restToken   kind = iota + 1 // REST API, TOKEN authorizer
	restRequest                 // REST API, REQUEST authorizer
	http1                       // HTTP API, payload format 1.0
	http2                       // HTTP API, payload format 2.0
	webSocket                   // WebSocket API, $connect
	appSync                     // AppSync, AWS_LAMBDA authorization
)

// String names the kind, for the log.
func (k kind) String() string {
	return [...]string{"", "rest token", "rest request", "http 1.0", "http 2.0", "websocket", "appsync"}[k]
}

// event is what we read of an event of any kind.
type event struct {
	kind kind
	arn  arn

	version, typ, methodARN, routeARN string

	token          string              // of a TOKEN authorizer: the header's value; of AppSync: the token
	headers, lists map[string][]string // of headers and multiValueHeaders, by canonical name
	query, queries map[string][]string // of both forms of the query, where it comes decoded
	rawQuery       string              // of HTTP API 2.0
	cookies        []string            // of HTTP API 2.0
	identitySource []string            // of HTTP APIs
	resource       string              // of REST: the route's path
	routeKey       string              // of HTTP API 2.0: the route's method and path
	path           string              // as the caller wrote it
	sourceIP       string
	clientCert     string
	connecting     bool // WebSocket
	graphQL        bool // AppSync
}

// decode reads an event and recognises its kind, in the order of GATEWAY §2.1. What
// is not recognised is an error: fail closed.
func decode(payload []byte, wants wants) (*event, error) {
	e := new(event)
	s := scanner{text: string(payload)}
	for name := range s.once() {
		e.member(&s, name, wants)
	}
	if s.peek() != 0 || s.pos < len(s.text) {
		s.fail()
	}
	if s.err != nil {
		return nil, s.err
	}
	address := e.methodARN
	switch {
	case e.version == "2.0" && e.routeARN != "":
		e.kind, address = http2, e.routeARN
	case e.version == "1.0" && e.typ == "REQUEST":
		e.kind = http1
	case e.version == "" && e.typ == "TOKEN":
		e.kind = restToken
	case e.version == "" && e.typ == "REQUEST" && (e.connecting || strings.HasSuffix(e.methodARN, "/$connect")):
		e.kind = webSocket
	case e.version == "" && e.typ == "REQUEST":
		e.kind = restRequest
	case e.version == "" && e.typ == "" && e.methodARN == "" && e.graphQL && e.token != "":
		e.kind = appSync
		return e, nil
	default:
		return nil, errors.New("authorizer: this is not the event of an authorizer")
	}
	var err error
	if e.arn, err = parseARN(address); err != nil {
		return nil, err
	}
	if (e.kind == webSocket) != (e.arn.method == "$connect") {
		return nil, errors.New("authorizer: only a WebSocket's $connect is authorized, and it is authorized as such")
	}
	return e, nil
}

// identifies reports whether the token has a part in the key under which an answer
// would be kept, as far as the event tells the key.
func (e *event) identifies(token string) bool {
	identities := e.identitySource
	switch {
	case e.kind == appSync:
		identities = []string{e.token}
	case e.kind == http1 && (len(identities) == 0 || identities[0] == ""): // then nothing is kept
		return true
	case e.kind != http1 && e.kind != http2:
		return true
	}
	return slices.ContainsFunc(identities, func(identity string) bool { return strings.Contains(identity, token) })
}

// route is the path of the API's route, "" when the event does not say.
func (e *event) route() string {
	if e.kind == http2 {
		_, address, _ := strings.Cut(e.routeKey, " ")
		return address
	}
	return e.resource
}
