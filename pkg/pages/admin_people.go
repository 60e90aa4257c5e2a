package pages

import (
	"errors"
	"net/http"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// adminPageSize is how many of a list a page shows.
const adminPageSize = 25

// peopleView is what a search has found.
type peopleView struct {
	Asked  string
	People []personRow
	Next   string // the query of the next page, "" for none
}

type personRow struct {
	Username, Name, Email, Path string
	Disabled                    bool
}

// showPeople finds people by the beginning of their username, by their confirmed address
// or by their sub.
func (p *Pages) showPeople(w http.ResponseWriter, v *visit, me administrator) error {
	asked := strings.TrimSpace(v.params.Get("q"))
	view := peopleView{Asked: asked}
	found, next, err := p.desk.Users(v.Context(), me.by, asked, store.Page{Limit: adminPageSize, After: v.params.Get("after")})
	if fault := toldFault(err); fault != "" { // no name begins so
		found, err = nil, nil
	}
	if err != nil {
		return err
	}
	if len(found) == 0 && asked != "" {
		user, err := p.desk.Find(v.Context(), me.by, asked)
		if err == nil {
			found = []identity.User{user}
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	for _, user := range found {
		view.People = append(view.People, personRow{
			Username: user.Username, Name: user.Name, Email: user.Email, Disabled: user.Disabled, Path: "/people/" + segment(user.ID),
		})
	}
	view.Next = nextQuery(v, next.After)
	return p.renderAdmin(w, v, me, view)
}
