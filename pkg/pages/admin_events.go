package pages

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// eventsView is what a search of the audit trail has found.
type eventsView struct {
	Subject, Client, Address, Kind, Since, Until string // as they were typed
	Kinds                                        []string
	Events                                       []eventRow
	NoTable                                      bool
	Next                                         string
}

type eventRow struct {
	When                           moment
	Kind, Outcome, Reason          string
	Actor, Subject, Client, Object string
	Address                        string
}

func eventRows(events []audit.Event) []eventRow {
	rows := make([]eventRow, len(events))
	for i, e := range events {
		rows[i] = eventRow{
			When: moment{e.Time}, Kind: string(e.Kind), Outcome: string(e.Outcome), Reason: e.Reason, Object: e.Object, Address: e.Address,
			Actor: strings.TrimSpace(string(e.Actor.Type) + " " + e.Actor.ID), Subject: e.Subject, Client: e.Client,
		}
	}
	return rows
}

// showEvents browses the audit trail by person, client, address, kind and time.
func (p *Pages) showEvents(w http.ResponseWriter, v *visit, me administrator) error {
	view := eventsView{
		Subject: strings.TrimSpace(v.params.Get("sub")), Client: strings.TrimSpace(v.params.Get("client_id")),
		Address: strings.TrimSpace(v.params.Get("address")), Kind: v.params.Get("kind"), Since: v.params.Get("since"), Until: v.params.Get("until"),
	}
	q := audit.Query{Subject: view.Subject, Client: view.Client, Address: view.Address, Limit: adminPageSize}
	for _, known := range audit.Catalogue() {
		view.Kinds = append(view.Kinds, string(known.Kind))
		if string(known.Kind) == view.Kind {
			q.Kinds = []audit.Kind{known.Kind}
		}
	}
	var err error
	q.Since, err = day(view.Since)
	if err == nil {
		q.Until, err = day(view.Until)
	}
	if err == nil {
		q.After, err = audit.ParseCursor(v.params.Get("after"))
	}
	if err != nil {
		v.fault = "a day is written as 2026-01-31"
		return p.renderAdmin(w, v, me, view)
	}
	if !q.Until.IsZero() {
		q.Until = q.Until.Add(24*time.Hour - time.Second) // the whole of that day
	}
	found, next, err := p.desk.Events(v.Context(), me.by, q)
	if errors.Is(err, audit.ErrNoTable) {
		view.NoTable, err = true, nil
	}
	if err != nil {
		return err
	}
	view.Events, view.Next = eventRows(found), nextQuery(v, next.String())
	return p.renderAdmin(w, v, me, view)
}

// day reads a date field, zero for an empty one.
func day(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, oauth.InvalidRequest.Errorf("no day: %w", err)
	}
	return t, nil
}
