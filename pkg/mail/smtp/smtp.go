// Package smtp answers "will your mail server take this letter?". It speaks to one
// server, over TLS, and decides nothing about what is sent.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"net/url"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// sendTimeout is for a whole conversation: shorter than an outbox message is leased.
const sendTimeout = 20 * time.Second

// server is where mail is handed in.
type server struct {
	address  string // host and port
	host     string
	implicit bool // TLS from the first byte (RFC 8314 §3.3), else by STARTTLS
	plain    bool // none where none is offered: on this machine alone
	auth     smtp.Auth
	from     mail.Sender
	tls      *tls.Config
	now      func() time.Time
}

// Open returns what sends by the server of the URL: smtps://user@host:465, TLS from the
// first byte, or smtp://user@host:587, by STARTTLS, without which nothing is sent (RFC
// 8314 §3): who reads a reset link on its way has the account. Only a server on this
// machine is spoken to in clear. with is nil but where
// other certificates are to be trusted than the system's.
func Open(server string, password oauth.Secret, from mail.Sender, with *tls.Config) (mail.Send, error) {
	s, err := parse(server, password)
	if err != nil {
		return nil, config.Faults{"SMTP_URL: " + err.Error()}
	}
	s.from = from
	s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	if with != nil {
		s.tls = with.Clone()
	}
	s.tls.ServerName = s.host
	return s.send, nil
}

func parse(text string, password oauth.Secret) (server, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return server{}, errors.New("it must be a URL such as smtps://user@mail.example.com:465")
	}
	s := server{host: u.Hostname(), now: time.Now}
	port := u.Port()
	switch u.Scheme {
	case "smtps":
		s.implicit = true
		if port == "" {
			port = "465"
		}
	case "smtp":
		s.plain = oauth.Loopback(s.host)
		if port == "" {
			port = "587"
		}
	default:
		return server{}, fmt.Errorf("its scheme is %s; it may be smtps or smtp", u.Scheme)
	}
	s.address = net.JoinHostPort(s.host, port)
	if u.User != nil {
		if _, given := u.User.Password(); given {
			return server{}, errors.New("it holds a password, which belongs into SMTP_PASSWORD")
		}
		s.auth = smtp.PlainAuth("", u.User.Username(), string(password), s.host)
	}
	return s, nil
}

// send is a mail.Send.
func (s server) send(ctx context.Context, m mail.Message) error {
	content, err := m.Encode(s.from, s.now())
	if err != nil {
		return fmt.Errorf("%w: %w", mail.ErrRefused, err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if s.auth != nil {
		if err := c.Auth(s.auth); err != nil {
			return fmt.Errorf("authenticate: %w", err)
		}
	}
	if err := hand(c, s.from.Address.String(), m.To.String(), content); err != nil {
		return err
	}
	_ = c.Quit() // the server has taken it
	return nil
}

// dial greets the server, and has made sure of TLS when it returns.
func (s server) dial(ctx context.Context) (*smtp.Client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	if s.implicit {
		conn = tls.Client(conn, s.tls)
	}
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if offered, _ := c.Extension("STARTTLS"); s.implicit || s.plain && !offered {
		return c, nil
	}
	// A server, or who stands before it, that does not offer STARTTLS gets nothing:
	// leaving the offer out is how it is stripped (RFC 8314 §3.1).
	if err := c.StartTLS(s.tls); err != nil {
		return nil, errors.Join(fmt.Errorf("STARTTLS: %w", err), c.Close())
	}
	return c, nil
}

// hand delivers the message. What the server says of the recipient or the content with
// a 5 is for good (RFC 5321 §4.2.1); of the sender it is a fault of ours, which is
// mended while the message waits.
func hand(c *smtp.Client, from, to string, content []byte) error {
	if err := c.Mail(from); err != nil {
		return fmt.Errorf("sender: %w", err)
	}
	if err := c.Rcpt(to); err != nil {
		return judged("recipient", err)
	}
	w, err := c.Data()
	if err != nil {
		return judged("data", err)
	}
	if _, err := w.Write(content); err != nil {
		return fmt.Errorf("content: %w", err)
	}
	return judged("content", w.Close())
}

// judged keeps the server's words out of the error: they may hold the address.
func judged(what string, err error) error {
	var reply *textproto.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &reply):
		return fmt.Errorf("%s: %w", what, err)
	case reply.Code >= 500:
		return fmt.Errorf("%s: the server answered %d: %w", what, reply.Code, mail.ErrRefused)
	default:
		return fmt.Errorf("%s: the server answered %d", what, reply.Code)
	}
}
