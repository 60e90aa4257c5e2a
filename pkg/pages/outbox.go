package pages

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"

	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// OutboxPath is where the outbox page is, below the issuer.
const OutboxPath = "/outbox"

// outboxMail is a mail as the outbox page shows it.
type outboxMail struct {
	At, To, Subject, Text string
	Link                  string // the first one in it
}

// Outbox shows a developer the mails in the tray, with their links to click. Whoever
// reads it has every account, so it is served on this machine to this machine: the
// caller's address is a loopback one, and the name that the browser asked for is the
// issuer's, which another site's name that is led here is not (DNS rebinding).
func (p *Pages) Outbox(tray *mail.Tray) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+OutboxPath, p.door("outbox", func(w http.ResponseWriter, v *visit) error {
		if !p.onThisMachine(v.Request) {
			return oauth.AccessDenied.Errorf("the outbox is shown on the machine that it is on")
		}
		var mails []outboxMail
		for _, laid := range tray.List() {
			mails = append(mails, outboxMail{
				At: laid.At.Format("15:04:05"), To: laid.To.String(), Subject: laid.Subject, Text: laid.Text, Link: linkIn(laid.Text),
			})
		}
		return p.render(w, v, "outbox", http.StatusOK, mails, policy{})
	}))
	return p.guarded(mux)
}

func (p *Pages) onThisMachine(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	issuer, err2 := url.Parse(p.cfg.Issuer)
	return err == nil && err2 == nil && address.Unmap().IsLoopback() && r.Host == issuer.Host
}

// linkIn returns the link of a mail, which stands in a line of its own.
func linkIn(text string) string {
	return regexp.MustCompile(`(?m)^https?://\S+$`).FindString(text)
}
