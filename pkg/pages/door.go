package pages

import (
	"errors"
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/inbound"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/journal"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// visit is one request: what was asked, in which language the answer will be, and
// what the log will say of it.
type visit struct {
	*http.Request
	form    string // as it was sent
	params  oauth.Params
	locales []string // that the client wishes for
	entry   journal.Entry
	told    error  // what the page told the person by itself
	fault   string // and in which words, on a page of administrators
}

// door answers a visit. What it returns is rendered and logged by whoever called
// it: a *issue.Refusal goes back to the client, anything else is an error page.
type door func(http.ResponseWriter, *visit) error

// door opens d to visitors: it reads the parameters, renders the failure, and logs
// one line.
func (p *Pages) door(name string, d door) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(audit.WithOrigin(r.Context(), audit.Origin{Address: inbound.Address(r), UserAgent: r.UserAgent()}))
		v := &visit{Request: r, entry: journal.Entry{Door: name, Began: p.now()}}
		err := v.read(w)
		if err == nil {
			v.locales = strings.Fields(v.params.Get("ui_locales"))
			err = d(w, v)
		}
		if err != nil {
			p.fail(w, v, err)
		}
		var failure *oauth.Error
		if err = errors.Join(err, v.told); err != nil {
			failure = issue.Expect(err)
		}
		journal.Record(r.Context(), p.log, v.entry, p.now(), failure)
	})
}

// hostYear has a browser come by https alone for a year (RFC 6797 §6.1). The hosts below
// the issuer's are the operator's business.
const hostYear = "max-age=31536000"

// guarded sets it for what the doors answer and for what is no door's.
func (p *Pages) guarded(h http.Handler) http.Handler {
	h = inbound.Exact(h)
	secure := strings.HasPrefix(p.origin, "https://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guard(w.Header())
		if secure {
			w.Header().Set("Strict-Transport-Security", hostYear)
		}
		h.ServeHTTP(w, r)
	})
}

// guard sets what holds for every answer, be it a page or the way to one.
func guard(header http.Header) {
	header.Set("Cache-Control", "no-store") // codes and names are nobody else's business
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")           // a click must be meant: RFC 9700 §4.16
	header.Set("Referrer-Policy", "no-referrer")    // state and code stay off other sites' logs: RFC 9700 §4.2
	header.Set("X-Robots-Tag", "noindex, nofollow") // nothing here is for searching
}

// read reads the query of a GET, the form of a POST.
func (v *visit) read(w http.ResponseWriter) (err error) {
	sent := v.URL.RawQuery
	if v.Method == http.MethodPost {
		if v.form, err = inbound.Form(w, v.Request); err != nil {
			return err
		}
		sent = v.form
	}
	v.params, err = oauth.ParseParams(sent)
	return err
}

// at returns the path of a page about an interaction.
func (p *Pages) at(path, interaction string) string {
	return p.path + path + "?interaction=" + interaction
}

// seeOther goes on by GET, whatever brought the visitor here: a 307 would hand a
// password on to where it leads (RFC 9700 §4.12).
func seeOther(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}
