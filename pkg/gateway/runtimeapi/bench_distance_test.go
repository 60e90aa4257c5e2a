package runtimeapi_test

import (
	"bytes"
	"net"
	"time"
)

// away is a listener whose clients stand a round trip away: what is written to them
// arrives that much later, and the first of it twice as much, because on such a way the
// handshake of TCP is a round trip, too. Nobody waits for what is under way, so a flight
// of several writes is one round trip, as on a network. What it leaves out: looking up
// the name, loss, the way's bandwidth, and an issuer that has to be waited for.
type away struct {
	net.Listener
	roundTrip time.Duration
}

// Accept implements net.Listener.
func (l away) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &delayed{Conn: conn, roundTrip: l.roundTrip, handshake: l.roundTrip, sent: make(chan flight, 64)}
	go c.deliver()
	return c, nil
}

// delayed is a server's end of a connection.
type delayed struct {
	net.Conn
	roundTrip time.Duration
	handshake time.Duration // of TCP, which is still to be added
	sent      chan flight
}

// flight is what is under way; without data it is the connection's end.
type flight struct {
	data    []byte
	arrives time.Time
}

// Write implements net.Conn.
func (c *delayed) Write(data []byte) (int, error) {
	arrives := time.Now().Add(c.roundTrip + c.handshake)
	c.handshake = 0
	c.sent <- flight{bytes.Clone(data), arrives}
	return len(data), nil
}

// SetWriteDeadline implements net.Conn. It would catch what is under way: crypto/tls lets
// nothing be written any more as soon as it has written the last.
func (c *delayed) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline implements net.Conn.
func (c *delayed) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// Close implements net.Conn.
func (c *delayed) Close() error {
	select {
	case c.sent <- flight{}:
	default: // so much is under way that nobody can be reading it
		return c.Conn.Close()
	}
	return nil
}

func (c *delayed) deliver() {
	defer c.Conn.Close()
	for f := range c.sent {
		time.Sleep(time.Until(f.arrives))
		if f.data == nil {
			return
		}
		if _, err := c.Conn.Write(f.data); err != nil {
			return
		}
	}
}
