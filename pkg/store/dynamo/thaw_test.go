package dynamo_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/test/dynamodb"
)

// TestF22DeadConnections: while a function was frozen its connections died. What
// it asks first after the thaw succeeds.
func TestF22DeadConnections(t *testing.T) {
	server := dynamodb.Start(t)
	way := newPath(t, strings.TrimPrefix(server.Endpoint, "http://"))
	cfg := server.Config()
	endpoint := "http://" + way.listener.Addr().String()
	cfg.BaseEndpoint = &endpoint
	table := dynamo.NewAt(dynamo.NewClient(cfg), server.Table(t), time.Now, patience)
	for range 5 {
		if _, err := table.Count(t.Context(), k, 1, store.Limit{}); err != nil {
			t.Fatal(err)
		}
		way.cut()
	}
	if n, err := table.Count(t.Context(), k, 0, store.Limit{}); n != 5 || err != nil {
		t.Errorf("%d, %v; want 5", n, err)
	}
}

// A path forwards connections to a server until they are cut.
type path struct {
	listener net.Listener
	mu       sync.Mutex
	open     []net.Conn
}

func newPath(t *testing.T, server string) *path {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &path{listener: l}
	t.Cleanup(func() { _ = l.Close(); p.cut() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				_ = near.Close()
				continue
			}
			p.mu.Lock()
			p.open = append(p.open, near, far)
			p.mu.Unlock()
			go func() { _, _ = io.Copy(far, near) }()
			go func() { _, _ = io.Copy(near, far) }()
		}
	}()
	return p
}

func (p *path) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		_ = c.Close()
	}
	p.open = nil
}
