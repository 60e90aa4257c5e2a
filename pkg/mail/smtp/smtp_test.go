package smtp

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/mail"
)

// post is a mail server on this machine that writes down what it is told.
type post struct {
	listener net.Listener
	tls      *tls.Config // nil: it offers none
	implicit bool
	refuses  map[string]string // the verb, and what it is answered
	said     chan []string     // one conversation
}

// openPost starts the server and returns what trusts its certificate.
func openPost(t *testing.T, p *post, secure bool) *tls.Config {
	t.Helper()
	https := httptest.NewTLSServer(nil)
	t.Cleanup(https.Close)
	trusts := x509.NewCertPool()
	trusts.AddCert(https.Certificate())
	if secure {
		p.tls = &tls.Config{Certificates: https.TLS.Certificates, MinVersion: tls.VersionTLS12}
	}
	var err error
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p.said = make(chan []string, 1)
	t.Cleanup(func() { p.listener.Close() })
	go func() {
		conn, err := p.listener.Accept()
		if err == nil {
			p.said <- p.talk(conn)
		}
	}()
	return &tls.Config{RootCAs: trusts, MinVersion: tls.VersionTLS12}
}

// talk is one conversation, of which it returns what the client said.
func (p *post) talk(conn net.Conn) (said []string) {
	defer func() { conn.Close() }()
	if p.implicit {
		conn = tls.Server(conn, p.tls)
	}
	lines := bufio.NewScanner(conn)
	fmt.Fprint(conn, "220 mail.example.com\r\n")
	for inData := false; lines.Scan(); {
		line := lines.Text()
		said = append(said, line)
		verb, _, _ := strings.Cut(line, " ")
		switch reply := p.refuses[verb]; {
		case inData && line != ".":
		case inData:
			inData = false
			fmt.Fprint(conn, max(p.refuses["."], "250 taken")+"\r\n")
		case reply != "":
			fmt.Fprint(conn, reply+"\r\n")
		case verb == "EHLO" && p.tls != nil && !p.implicit:
			fmt.Fprint(conn, "250-mail.example.com\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")
		case verb == "EHLO":
			fmt.Fprint(conn, "250-mail.example.com\r\n250 AUTH PLAIN\r\n")
		case verb == "STARTTLS":
			fmt.Fprint(conn, "220 go on\r\n")
			conn = tls.Server(conn, p.tls)
			lines = bufio.NewScanner(conn)
			p.implicit = true
		case verb == "AUTH":
			fmt.Fprint(conn, "235 welcome\r\n")
		case verb == "DATA":
			inData = true
			fmt.Fprint(conn, "354 go on\r\n")
		case verb == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return said
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
	return said
}

func (p *post) url(scheme, user string) string {
	_, port, _ := net.SplitHostPort(p.listener.Addr().String())
	return scheme + "://" + user + "127.0.0.1:" + port
}

func message(t testing.TB) (mail.Message, mail.Sender) {
	t.Helper()
	to, err := mail.ParseAddress("jo@example.com")
	from, err2 := mail.ParseAddress("no-reply@example.com")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return mail.Message{ID: "A", To: to, Content: mail.Content{Subject: "Hello", Text: ".\n.dot", HTML: "<p>."}}, mail.Sender{Address: from}
}

func TestAMessageIsHandedIn(t *testing.T) {
	for name, c := range map[string]struct {
		scheme, user string
		secure       bool
		before       []string // what is said before the sender
	}{
		"by STARTTLS":               {"smtp", "post@", true, []string{"EHLO localhost", "STARTTLS", "EHLO localhost", "AUTH PLAIN AHBvc3QAczNjcmV0"}},
		"over TLS":                  {"smtps", "", true, []string{"EHLO localhost"}},
		"in clear, on this machine": {"smtp", "", false, []string{"EHLO localhost"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &post{implicit: c.scheme == "smtps"}
			trusts := openPost(t, p, c.secure)
			m, from := message(t)
			send, err := Open(p.url(c.scheme, c.user), "s3cret", from, trusts)
			if err != nil {
				t.Fatal(err)
			}
			if err := send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			said := <-p.said
			want := append(c.before, "MAIL FROM:<no-reply@example.com>", "RCPT TO:<jo@example.com>", "DATA")
			if len(said) < len(want) || !slices.Equal(said[:len(want)], want) || !slices.Contains(said, "Subject: Hello") || said[len(said)-1] != "QUIT" {
				t.Errorf("got %q", said)
			}
		})
	}
}

func TestNothingIsSentInClear(t *testing.T) {
	p := &post{}
	trusts := openPost(t, p, false)
	m, from := message(t)
	s, err := parse(p.url("smtp", "post@"), "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	s.plain, s.from, s.tls = false, from, trusts // as of a server elsewhere
	if err := s.send(t.Context(), m); err == nil || errors.Is(err, mail.ErrRefused) {
		t.Errorf("got %v", err)
	}
	if said := strings.Join(<-p.said, "\n"); strings.Contains(said, "AUTH") || strings.Contains(said, "RCPT") {
		t.Errorf("it was told %s", said)
	}
	for address, plain := range map[string]bool{"smtp://localhost": true, "smtp://mail.example.com": false} {
		if s, err := parse(address, ""); err != nil || s.plain != plain {
			t.Errorf("%s: got %v %v", address, s.plain, err)
		}
	}
}

func TestAServerIsKnownByItsCertificate(t *testing.T) {
	for _, scheme := range []string{"smtp", "smtps"} {
		p := &post{implicit: scheme == "smtps"}
		openPost(t, p, true)
		m, from := message(t)
		send, err := Open(p.url(scheme, "post@"), "s3cret", from, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := send(t.Context(), m); err == nil {
			t.Errorf("%s: a stranger's server was told", scheme)
		}
		if said := strings.Join(<-p.said, "\n"); strings.Contains(said, "AUTH") {
			t.Errorf("%s: it was told %s", scheme, said)
		}
	}
}

// F35: what passes is tried again, what does not is given up.
func TestF35WhatTheServerRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		verb, reply string
		final       bool
	}{
		"unknown recipient": {"RCPT", "550 5.1.1 jo@example.com unknown", true},
		"greylisted":        {"RCPT", "450 4.2.0 later", false},
		"content refused":   {".", "554 5.7.1 spam", true},
		"server full":       {"DATA", "452 4.3.1 full", false},
		"wrong password":    {"AUTH", "535 5.7.8 no", false},
		"sender refused":    {"MAIL", "550 5.7.1 no", false},
	} {
		p := &post{refuses: map[string]string{c.verb: c.reply}}
		openPost(t, p, false)
		m, from := message(t)
		send, err := Open(p.url("smtp", "post@"), "s3cret", from, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = send(t.Context(), m)
		if err == nil || errors.Is(err, mail.ErrRefused) != c.final || strings.Contains(err.Error(), "jo@example.com") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestWhatIsNoServer(t *testing.T) {
	_, from := message(t)
	for _, server := range []string{"", "mail.example.com", "https://mail.example.com", "smtp://", "smtp://u:p@mail.example.com", "smtp://mail.example.com/x", "smtp://mail.example.com?tls=no"} {
		if _, err := Open(server, "", from, nil); err == nil || !strings.Contains(err.Error(), "SMTP_URL") {
			t.Errorf("%q: got %v", server, err)
		}
	}
}
