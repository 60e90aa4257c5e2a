package authorizer

import (
	"errors"
	"strings"
)

// kind is a flavour of event.
type kind int

const (
	restToken   kind = iota + 1 // REST API, TOKEN authorizer
	restRequest                 // REST API, REQUEST authorizer
	http1                       // HTTP API, payload format 1.0
	http2                       // HTTP API, payload format 2.0
)

// String names the kind, for the log.
func (k kind) String() string {
	return [...]string{"", "rest token", "rest request", "http 1.0", "http 2.0"}[k]
}

// event is what we read of an event of any kind.
type event struct {
	kind kind
	arn  arn

	version, typ, methodARN, routeARN string

	token           string   // of a TOKEN authorizer: the header's value
	headers, values []string // Authorization, of headers and multiValueHeaders
	identitySource  []string // of HTTP API 2.0
	resource        string   // of REST: the route's path
	routeKey        string   // of HTTP API 2.0: the route's method and path
	path            string   // as the caller wrote it
	webSocket       bool
}

// decode reads an event and recognises its kind, in the order of GATEWAY §2.1. What
// is not recognised is an error: fail closed.
func decode(payload []byte) (event, error) {
	var e event
	s := scanner{text: string(payload)}
	for name := range s.members() {
		e.member(&s, name)
	}
	if s.peek() != 0 || s.pos < len(s.text) {
		s.fail()
	}
	if s.err != nil {
		return event{}, s.err
	}
	address := e.methodARN
	switch {
	case e.webSocket || strings.HasSuffix(e.methodARN, "/$connect"):
		return event{}, errors.New("authorizer: WebSocket APIs are not supported")
	case e.version == "2.0" && e.routeARN != "":
		e.kind, address = http2, e.routeARN
	case e.version == "1.0" && e.typ == "REQUEST":
		e.kind = http1
	case e.version == "" && e.typ == "TOKEN":
		e.kind = restToken
	case e.version == "" && e.typ == "REQUEST":
		e.kind = restRequest
	default:
		return event{}, errors.New("authorizer: this is not the event of an authorizer")
	}
	var err error
	e.arn, err = parseARN(address)
	return e, err
}

// member reads one member of the event.
func (e *event) member(s *scanner, name string) {
	switch name {
	case "version":
		e.version = s.string()
	case "type":
		e.typ = s.string()
	case "methodArn":
		e.methodARN = s.string()
	case "routeArn":
		e.routeARN = s.string()
	case "authorizationToken":
		e.token = s.string()
	case "routeKey":
		e.routeKey = s.string()
	case "resource":
		e.resource = s.string()
	case "path", "rawPath":
		e.path = s.string()
	case "headers":
		for header := range s.members() {
			if authorization(header) {
				e.headers = append(e.headers, s.string())
			} else {
				s.skip()
			}
		}
	case "multiValueHeaders":
		for header := range s.members() {
			if !authorization(header) {
				s.skip()
				continue
			}
			for range s.elements() {
				e.values = append(e.values, s.string())
			}
		}
	case "identitySource":
		if s.peek() != '[' { // format 1.0 has one string
			s.skip()
			return
		}
		for range s.elements() {
			e.identitySource = append(e.identitySource, s.string())
		}
	case "requestContext":
		for member := range s.members() {
			if member == "eventType" {
				e.webSocket = s.string() == "CONNECT"
			} else {
				s.skip()
			}
		}
	default:
		s.skip()
	}
}

// authorization compares a header's name: format 2.0 has lower case, REST APIs the
// caller's own.
func authorization(header string) bool { return strings.EqualFold(header, "authorization") }

// bearer returns the token of the one Authorization header. Two headers are
// refused, as we could not know which of them the API behind will believe.
func (e *event) bearer() (string, error) {
	sent := e.headers
	switch {
	case e.kind == restToken:
		sent = []string{e.token}
	case e.values != nil:
		sent = e.values
	}
	if len(sent) == 0 {
		return "", errors.New("no Authorization header")
	}
	if len(sent) > 1 || len(e.headers) > 1 {
		return "", errors.New("more than one Authorization header")
	}
	scheme, token, _ := strings.Cut(sent[0], " ")
	if !strings.EqualFold(scheme, "Bearer") { // RFC 9110 §11.1
		return "", errors.New("the Authorization header's scheme is not Bearer")
	}
	return strings.Trim(token, " "), nil // format 2.0 joins two headers by a comma, which is in no token
}
