package loop

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
)

// connection is HTTP/1.1 to one server, one request at a time.
type connection struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
	out     []byte // the request, whose memory is used again
}

// exchange sends a request and reads the answer. A connection that was closed in the
// meantime, as it may be while an environment was frozen, is opened again, once: a
// request that is sent twice changes nothing.
func (c *connection) exchange(method, path string, body []byte) (*http.Response, []byte, error) {
	if c.conn != nil {
		if response, content, err := c.try(method, path, body); err == nil {
			return response, content, nil
		}
		c.close()
	}
	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		return nil, nil, err
	}
	c.conn, c.in = conn, bufio.NewReader(conn)
	return c.try(method, path, body)
}

func (c *connection) try(method, path string, body []byte) (*http.Response, []byte, error) {
	c.out = append(c.out[:0], method+" "+path+" HTTP/1.1\r\nHost: "+c.address+"\r\nUser-Agent: ostiary\r\n"...)
	if method == http.MethodPost {
		c.out = append(c.out, "Content-Type: application/json\r\nContent-Length: "...)
		c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
		c.out = append(c.out, "\r\n"...)
	}
	c.out = append(append(c.out, "\r\n"...), body...)
	if _, err := c.conn.Write(c.out); err != nil {
		return nil, nil, err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	content, err := read(response)
	if err == nil && response.Close {
		c.close()
	}
	return response, content, err
}

// read returns the body, whose length is mostly told.
func read(response *http.Response) ([]byte, error) {
	if response.ContentLength < 0 {
		return io.ReadAll(response.Body)
	}
	content := make([]byte, response.ContentLength)
	_, err := io.ReadFull(response.Body, content)
	return content, err
}

func (c *connection) close() {
	if c.conn != nil {
		_ = c.conn.Close() // there is nothing to tell
		c.conn = nil
	}
}
