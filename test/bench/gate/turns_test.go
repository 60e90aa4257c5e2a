package gate_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const connections = 32

// callers returns a request to the handler over HTTP. Requests are made over all
// connections at once and waited for when each has one.
func callers(b *testing.B, token string, h http.Handler) func() {
	b.Helper()
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	request := fmt.Appendf(nil, "GET /pets HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: Bearer %s\r\n\r\n", token)
	var open [connections]net.Conn
	for i := range open {
		connection, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
		check(b, err)
		b.Cleanup(func() { _ = connection.Close() })
		open[i] = connection
	}
	answer := make([]byte, 4<<10)
	next := 0
	return func() {
		_, err := open[next].Write(request)
		check(b, err)
		if next++; next < connections {
			return
		}
		next = 0
		for _, connection := range open {
			n, err := io.ReadAtLeast(connection, answer, len("HTTP/1.1 200"))
			if err != nil || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 200") || !strings.HasSuffix(string(answer[:n]), "ok") {
				b.Fatalf("got %s, %v", answer[:n], err)
			}
		}
	}
}
