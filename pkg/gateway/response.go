package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	sent   http.Header // the headers as they were at WriteHeader
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status != 0 || status < 200 { // informational answers do not reach a client of API Gateway
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	return w.body.Write(p)
}

// answer is an HTTP response in the form of every flavour.
type answer struct {
	StatusCode        int                 `json:"statusCode"`
	StatusDescription string              `json:"statusDescription,omitempty"`
	Headers           map[string]string   `json:"headers,omitempty"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders,omitempty"`
	Cookies           []string            `json:"cookies,omitempty"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// answer puts what was recorded into the event's own form.
func (w *recorder) answer(e event) ([]byte, error) {
	w.WriteHeader(http.StatusOK)
	header, body := w.clean(), w.body.Bytes()
	if len(body) > 0 && header.Get("Content-Type") == "" {
		header.Set("Content-Type", http.DetectContentType(body))
	}
	a := answer{StatusCode: w.status, Headers: map[string]string{}}
	if e.head() {
		body = nil
	}
	if binary(header, body) {
		a.Body, a.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	} else {
		a.Body = string(body)
	}
	switch e.flavour {
	case payload1:
		a.split(header)
	case payload2:
		a.Cookies = header["Set-Cookie"]
		header.Del("Set-Cookie")
		a.join(header)
	case alb:
		a.StatusDescription = fmt.Sprintf("%d %s", w.status, http.StatusText(w.status))
		a.cookiesByCase(header)
		a.join(header)
	case albMulti:
		a.StatusDescription = fmt.Sprintf("%d %s", w.status, http.StatusText(w.status))
		a.Headers, a.MultiValueHeaders = nil, header
	}
	return json.Marshal(a)
}

// split sends a header of one value as such, and the others as lists: API Gateway
// merges the two members.
func (a *answer) split(header http.Header) {
	a.MultiValueHeaders = map[string][]string{}
	for name, values := range header {
		if len(values) == 1 {
			a.Headers[name] = values[0]
		} else {
			a.MultiValueHeaders[name] = values
		}
	}
}

// join makes one value of several (RFC 9110 §5.2).
func (a *answer) join(header http.Header) {
	for name, values := range header {
		a.Headers[name] = strings.Join(values, ", ")
	}
}

// cookiesByCase sends several cookies through a load balancer that takes one value
// a header: it takes each spelling of Set-Cookie for another header. Ten letters
// make 1024 spellings.
func (a *answer) cookiesByCase(header http.Header) {
	for i, cookie := range header["Set-Cookie"] {
		name := []byte("set-cookie")
		for bit := range name {
			if i>>bit&1 == 1 {
				name[bit] = bytes.ToUpper(name)[bit]
			}
		}
		a.Headers[string(name)] = cookie
	}
	header.Del("Set-Cookie")
}

// clean returns the headers to send. Control bytes become spaces, so that no value
// can begin another header (CWE-113); what concerns the connection is the gateway's.
func (w *recorder) clean() http.Header {
	header := http.Header{}
	for name, values := range w.sent {
		switch name {
		case "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive":
			continue
		}
		for _, value := range values {
			header.Add(name, strings.Map(func(r rune) rune {
				if r < 0x20 && r != '\t' || r == 0x7f {
					return ' '
				}
				return r
			}, value))
		}
	}
	return header
}

// binary reports whether the body cannot travel as JSON text. REST APIs need the
// media type configured for base64, so text never uses it.
func binary(header http.Header, body []byte) bool {
	return header.Get("Content-Encoding") != "" && len(body) > 0 || !utf8.Valid(body)
}

func (e *event) head() bool {
	return e.HTTPMethod == http.MethodHead || e.RequestContext.HTTP.Method == http.MethodHead
}
