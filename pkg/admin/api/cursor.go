package api

import (
	"encoding/base64"
	"net/url"
	"strconv"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// Bounds of a page.
const (
	standardPage = 50
	maxPage      = 200
)

// List is a page of things, in the order of their names. Next is the cursor of the page
// after it, and is not there after the last.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// page reads what part of a list is asked for. A cursor says after which name to go on,
// so that what is added or removed meanwhile shifts nothing; it is sealed, for names are
// nobody's business who sees an address, and is good for the list that it came from.
func (a *API) page(c *call, list string) (store.Page, error) {
	query := c.URL.Query()
	page := store.Page{Limit: standardPage}
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxPage {
			return page, problem{malformed, "limit is from 1 to 200"}
		}
		page.Limit = n
	}
	if cursor := query.Get("cursor"); cursor != "" {
		sealed, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
		if err != nil {
			return page, errCursor()
		}
		after, err := a.sealer.Open(c.Context(), sealed, cursorPurpose(list, query))
		if kindOf(err) == unavailable && err != nil {
			return page, err
		}
		if err != nil {
			return page, errCursor()
		}
		page.After = string(after)
	}
	return page, nil
}

func errCursor() error { return problem{malformed, "the cursor is not of this list"} }

// next is the cursor of the page that goes on.
func (a *API) next(c *call, list string, page store.Page) (string, error) {
	if page == (store.Page{}) {
		return "", nil
	}
	sealed, err := a.sealer.Seal(c.Context(), []byte(page.After), cursorPurpose(list, c.URL.Query()))
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// cursorPurpose ties a cursor to its list and what the list was asked for.
func cursorPurpose(list string, query url.Values) string {
	filter := url.Values{}
	for name, values := range query {
		if name != "cursor" && name != "limit" {
			filter[name] = values
		}
	}
	return "admin cursor " + list + "?" + filter.Encode()
}

// listed makes an answer of a page.
func listed[T, S any](a *API, c *call, list string, found []T, next store.Page, show func(T) S) (answer, error) {
	shown := List[S]{Items: make([]S, len(found))}
	for i, one := range found {
		shown.Items[i] = show(one)
	}
	var err error
	shown.Next, err = a.next(c, list, next)
	return answer{status: 200, body: shown}, err
}
