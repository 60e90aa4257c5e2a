package api

import (
	"errors"
	"net/url"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/admin"
	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

func (a *API) eventRoutes() []route {
	return []route{{
		method: "GET", path: "/audit", name: "searchEvents", summary: "Search what happened, the newest first", scope: admin.AuditRead,
		query: paging(
			parameter{name: "sub", text: "To whom it happened."}, parameter{name: "client_id", text: "The client that it is about."},
			parameter{name: "address", text: "From where."}, parameter{name: "kind", text: "What happened: docs/audit.md."},
			parameter{name: "since", text: "Not before this time (RFC 3339)."}, parameter{name: "until", text: "Not after this time."}),
		out: List[audit.Event]{}, status: 200, act: a.searchEvents,
	}}
}

func (a *API) searchEvents(c *call) (answer, error) {
	page, err := a.page(c, "audit")
	if err != nil {
		return answer{}, err
	}
	query := c.URL.Query()
	q := audit.Query{Subject: query.Get("sub"), Client: query.Get("client_id"), Address: query.Get("address"), Limit: page.Limit}
	if kind := query.Get("kind"); kind != "" {
		q.Kinds = []audit.Kind{audit.Kind(kind)}
	}
	if q.Since, err = moment(query, "since"); err != nil {
		return answer{}, err
	}
	if q.Until, err = moment(query, "until"); err != nil {
		return answer{}, err
	}
	if q.After, err = audit.ParseCursor(page.After); err != nil {
		return answer{}, errCursor()
	}
	found, next, err := a.desk.Events(c.Context(), c.by, q)
	if errors.Is(err, audit.ErrNoTable) {
		return answer{}, problem{invalid, "events are in the log alone: AUDIT_TABLE, docs/audit.md"}
	}
	if err != nil {
		return answer{}, err
	}
	return listed(a, c, "audit", found, store.Page{After: next.String()}, func(e audit.Event) audit.Event { return e })
}

// moment reads a time of a query, zero for none.
func moment(query url.Values, name string) (time.Time, error) {
	text := query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, problem{malformed, name + " is a time such as 2026-01-31T12:00:00Z"}
	}
	return t, nil
}
