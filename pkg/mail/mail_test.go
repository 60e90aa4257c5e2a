package mail_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/mail"
)

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func address(t testing.TB, text string) mail.Address {
	t.Helper()
	a, err := mail.ParseAddress(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func letter(t testing.TB) mail.Message {
	return mail.Message{ID: "ABC234", To: address(t, "jo@example.com"), Content: mail.Content{
		Subject: "Ein Gruß", Text: "Schönen Tag\n\n.\nFrom here", HTML: `<p dir="rtl">مرحبا</p>`,
	}}
}

func sender(t testing.TB) mail.Sender {
	return mail.Sender{Name: `Jo "the" Sender, Inc.`, Address: address(t, "no-reply@example.com")}
}

func TestAMessageIsReadAsItWasWritten(t *testing.T) {
	want := letter(t)
	encoded, err := want.Encode(sender(t), noon)
	if err != nil {
		t.Fatal(err)
	}
	got, err := netmail.ReadMessage(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != want.Subject {
		t.Errorf("got the subject %q %v", subject, err)
	}
	from, err := netmail.ParseAddress(got.Header.Get("From"))
	if err != nil || from.Name != sender(t).Name || from.Address != "no-reply@example.com" {
		t.Errorf("got from %v %v", from, err)
	}
	for name, value := range map[string]string{
		"To": "<jo@example.com>", "Message-Id": "<ABC234@example.com>", "Auto-Submitted": "auto-generated", "Date": "Sun, 01 Mar 2026 12:00:00 +0000",
	} {
		if got.Header.Get(name) != value {
			t.Errorf("%s: got %q, want %q", name, got.Header.Get(name), value)
		}
	}
	if len(got.Header) != 8 {
		t.Errorf("got the headers %v", got.Header)
	}
	if diff := cmp.Diff([]string{want.Text, want.HTML}, parts(t, got)); diff != "" {
		t.Error(diff)
	}
	for line := range strings.SplitSeq(string(encoded), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n") { // RFC 5322 §2.1.1
			t.Errorf("got the line %q", line)
		}
	}
}

// parts decodes the parts of a multipart/alternative.
func parts(t testing.TB, m *netmail.Message) (all []string) {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("got %s %v", kind, err)
	}
	for reader := multipart.NewReader(m.Body, parameters["boundary"]); ; {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.ReplaceAll(string(content), "\r\n", "\n"))
	}
}

func TestNothingSmugglesAHeader(t *testing.T) {
	for name, change := range map[string]func(*mail.Message, *mail.Sender){
		"line feed in the subject":       func(m *mail.Message, _ *mail.Sender) { m.Subject = "x\nBcc: eve@example.com" },
		"carriage return in the subject": func(m *mail.Message, _ *mail.Sender) { m.Subject = "x\rBcc: eve@example.com" },
		"NUL in the subject":             func(m *mail.Message, _ *mail.Sender) { m.Subject = "x\x00" },
		"line separator in the subject":  func(m *mail.Message, _ *mail.Sender) { m.Subject = "x\u2028Bcc: eve@example.com" },
		"subject not UTF-8":              func(m *mail.Message, _ *mail.Sender) { m.Subject = "x\xff" },
		"subject too long":               func(m *mail.Message, _ *mail.Sender) { m.Subject = strings.Repeat("x", 257) },
		"no subject":                     func(m *mail.Message, _ *mail.Sender) { m.Subject = "" },
		"line feed in the sender's name": func(_ *mail.Message, s *mail.Sender) { s.Name = "x\r\nBcc: eve@example.com" },
		"line feed in the ID":            func(m *mail.Message, _ *mail.Sender) { m.ID = "x\r\nBcc: eve@example.com" },
		"angle bracket in the ID":        func(m *mail.Message, _ *mail.Sender) { m.ID = "x> <y" },
		"no recipient":                   func(m *mail.Message, _ *mail.Sender) { m.To = mail.Address{} },
		"no sender":                      func(_ *mail.Message, s *mail.Sender) { s.Address = mail.Address{} },
		"no text":                        func(m *mail.Message, _ *mail.Sender) { m.Text = "" },
		"no HTML":                        func(m *mail.Message, _ *mail.Sender) { m.HTML = "" },
		"text not UTF-8":                 func(m *mail.Message, _ *mail.Sender) { m.Text = "\xff" },
	} {
		m, from := letter(t), sender(t)
		change(&m, &from)
		if got, err := m.Encode(from, noon); err == nil {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"jo@example.com": "jo@example.com", "Jo.Doe+tag@EXAMPLE.Com": "Jo.Doe+tag@example.com", "a@b.co": "a@b.co",
		"o'neil@mail.example.com": "o'neil@mail.example.com", "x@xn--bcher-kva.example": "x@xn--bcher-kva.example",
		strings.Repeat("l", 64) + "@example.com": strings.Repeat("l", 64) + "@example.com",
	} {
		if got, err := mail.ParseAddress(text); err != nil || got.String() != want {
			t.Errorf("%s: got %s %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "@", "jo", "jo@", "@example.com", "jo@localhost", "jo@example", "jo@example.com.", "jo@.example.com", "jo@-a.com", "jo@a-.com",
		"jo@@example.com", "jo@example.com,eve@example.com", "jo@example.com eve@example.com", " jo@example.com", "jo@example.com ",
		"jo@example.com\r\nBcc: eve@example.com", "jo\n@example.com", "<jo@example.com>", "Jo <jo@example.com>", `"jo"@example.com`, "jo(x)@example.com",
		"jo@[192.0.2.1]", "jo@192.0.2.1", "jo..doe@example.com", ".jo@example.com", "jo.@example.com", "jo@exa_mple.com", "jo@example.com>",
		"jo@ex\u0430mple.com", "j\u0131m@example.com", "jo\x00@example.com", "jo@example.com\x00", "jo;eve@example.com", "jo:eve@example.com",
		strings.Repeat("l", 65) + "@example.com", "jo@" + strings.Repeat("l", 64) + ".com", "jo@" + strings.Repeat("l.", 130) + "com",
	} {
		if got, err := mail.ParseAddress(text); err == nil || got != (mail.Address{}) {
			t.Errorf("%q: got %s", text, got)
		}
	}
}

// Whatever is an address stands in a header by itself: another program reads the one
// address, and nothing else, and it is its own stable form.
func FuzzAnAddressIsReadAsItself(f *testing.F) {
	for _, seed := range []string{"jo@example.com", "Jo <jo@example.com>", "a@b\r\nBcc: c@d.e", `"a b"@example.com`, "a@b.c,d@e.f"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := mail.ParseAddress(text)
		if err != nil {
			return
		}
		read, err := netmail.ParseAddressList("<" + a.String() + ">")
		if err != nil || len(read) != 1 || read[0].Address != a.String() {
			t.Errorf("%q is read as %v %v", a, read, err)
		}
		if again, err := mail.ParseAddress(a.String()); err != nil || again != a {
			t.Errorf("%q becomes %q %v", a, again, err)
		}
	})
}

func TestATrayHoldsTheLastHundred(t *testing.T) {
	tray := mail.NewTray()
	for i := range 103 {
		m := letter(t)
		m.Subject = strings.Repeat("x", i+1)
		if err := tray.Lay(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if got := tray.List(); len(got) != 100 || len(got[0].Subject) != 103 || len(got[99].Subject) != 4 {
		t.Errorf("got %d", len(got))
	}
}
