package gate_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// takeTurns runs both n times in turn and reports what the processor did for each
// of them, which other programs on the machine change less than the time that it
// took.
func takeTurns(b *testing.B, n int, floor, ours func()) {
	b.Helper()
	var spent [2]time.Duration
	rounds := 0
	for b.Loop() {
		for i, run := range []func(){floor, ours} {
			before := processor(b)
			for range n {
				run()
			}
			spent[i] += processor(b) - before
		}
		rounds++
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent[0])/float64(rounds*n), "floor-ns")
	b.ReportMetric(float64(spent[1])/float64(rounds*n), "ours-ns")
	b.ReportMetric(float64(spent[1])/float64(spent[0]), "x-floor")
}

// processor is the time for which this process has been computing.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	check(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

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
