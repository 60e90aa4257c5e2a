package pages_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/mail"
)

// openOutbox is a site on this machine whose mail lies in a tray, and its outbox page.
func openOutbox(t *testing.T) (*site, http.Handler) {
	s := openPost(t, "MAIL=outbox", "ISSUER=http://localhost:8080")
	return s, s.doors.Outbox(s.tray)
}

func look(h http.Handler, method, host, from string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://"+host+"/outbox", nil)
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheOutboxShowsMailsAndTheirLinks(t *testing.T) {
	s, outbox := openOutbox(t)
	if w := look(outbox, http.MethodGet, "localhost:8080", "127.0.0.1:5000"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `id="outbox-empty"`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	to, err := mail.ParseAddress("jo@example.com")
	must(t, err)
	text := "Hello\n\nThe link:\nhttp://localhost:8080/reset/password?link=x.y\n\n<script>alert(1)</script>"
	must(t, s.tray.Lay(t.Context(), mail.Message{ID: "A", To: to, Content: mail.Content{Subject: "A <b>subject</b>", Text: text, HTML: text}}))
	w := look(outbox, http.MethodGet, "localhost:8080", "[::1]:5000")
	for _, want := range []string{
		`href="http://localhost:8080/reset/password?link=x.y"`, "jo@example.com", "A &lt;b&gt;subject&lt;/b&gt;", "&lt;script&gt;",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in %s", want, w.Body)
		}
	}
	if w.Header().Get("X-Frame-Options") != "DENY" || w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("got %v", w.Header())
	}
}

// Who reads the outbox has every account: it is for this machine, and for pages of the
// issuer's own name, which one that another site's name leads here by (DNS rebinding) is
// not.
func TestTheOutboxIsForThisMachine(t *testing.T) {
	_, outbox := openOutbox(t)
	for name, c := range map[string]struct{ host, from string }{
		"a neighbour": {"localhost:8080", "192.0.2.7:5000"}, "rebinding": {"evil.example.com:8080", "127.0.0.1:5000"},
		"another port": {"localhost:9090", "127.0.0.1:5000"}, "no address": {"localhost:8080", ""}, "no IP": {"localhost:8080", "localhost:5000"},
	} {
		if w := look(outbox, http.MethodGet, c.host, c.from); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), `id="outbox"`) {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
	if w := look(outbox, http.MethodPost, "localhost:8080", "127.0.0.1:5000"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("got %d", w.Code)
	}
}
