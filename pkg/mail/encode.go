package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Sender is whom mail comes from.
type Sender struct {
	Name    string // as the recipient's program shows it; may be empty
	Address Address
}

const maxSubject = 256

// Encode writes the message in the form of RFC 5322, both parts in one
// multipart/alternative (RFC 2046 §5.1.4), the richer one last.
//
// Whoever gets a line break into a header writes headers of their own, a Bcc for one,
// or the body (CWE-93). So what goes into one is refused when it holds any control
// character, before it is encoded, which would hide it as well.
func (m Message) Encode(from Sender, date time.Time) ([]byte, error) {
	switch {
	case m.To == Address{} || from.Address == Address{}:
		return nil, errors.New("mail: a message needs somebody to go to and somebody to come from")
	case m.ID == "" || strings.ContainsFunc(m.ID, notAlphanumeric):
		return nil, errors.New("mail: a message's ID is letters and digits")
	case !isLine(m.Subject) || m.Subject == "" || !isLine(from.Name):
		return nil, errors.New("mail: a subject or a sender's name is not one line of text")
	case !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML) || m.Text == "" || m.HTML == "":
		return nil, errors.New("mail: a part is empty or not UTF-8")
	}
	var out bytes.Buffer
	parts := multipart.NewWriter(&out)
	if err := parts.SetBoundary(m.boundary()); err != nil {
		return nil, err
	}
	sender := netmail.Address{Name: from.Name, Address: from.Address.String()}
	for _, header := range [][2]string{
		{"From", sender.String()},
		{"To", "<" + m.To.String() + ">"},
		{"Subject", mime.QEncoding.Encode("utf-8", m.Subject)},
		{"Date", date.UTC().Format(time.RFC1123Z)},
		{"Message-ID", "<" + m.ID + "@" + from.Address.domain + ">"},
		{"Auto-Submitted", "auto-generated"}, // no holiday notice comes back: RFC 3834 §5
		{"MIME-Version", "1.0"},
		{"Content-Type", mime.FormatMediaType("multipart/alternative", map[string]string{"boundary": parts.Boundary()})},
	} {
		fmt.Fprintf(&out, "%s: %s\r\n", header[0], header[1])
	}
	out.WriteString("\r\n")
	if err := errors.Join(part(parts, "text/plain", m.Text), part(parts, "text/html", m.HTML), parts.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// boundary is the same at every attempt, and in no part of the message: its lines are
// quoted-printable, in which no line begins with an equals sign and an underscore.
func (m Message) boundary() string {
	sum := sha256.Sum256([]byte(m.ID))
	return "=_" + hex.EncodeToString(sum[:12])
}

func part(parts *multipart.Writer, mediaType, content string) error {
	w, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {mediaType + "; charset=utf-8"},
		"Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return err
	}
	encoder := quotedprintable.NewWriter(w)
	if _, err := encoder.Write([]byte(content)); err != nil {
		return err
	}
	return encoder.Close()
}

// isLine reports whether the text can stand in a header.
func isLine(s string) bool {
	return utf8.ValidString(s) && len(s) <= maxSubject && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}
