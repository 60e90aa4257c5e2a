package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// prefix is the optional argument of the list commands.
func prefix(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// listed reads page after page, as many as limit asks for, all when it is 0.
func listed[T any](
	ctx context.Context, list func(context.Context, string, store.Page) ([]T, store.Page, error), prefix, after string, limit int,
) ([]T, error) {
	all := []T{} // an empty list is [] in JSON
	for page := (store.Page{Limit: limit, After: after}); ; {
		found, next, err := list(ctx, prefix, page)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		if next == (store.Page{}) || limit > 0 {
			return all, nil
		}
		page = next
	}
}

// indented shows a record to a person: all of it, a member a line.
func indented(w io.Writer, v any) {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(v) // records are made of text, numbers and times
}

// explained leaves the error codes out, which are for programs.
func explained(err error) error {
	var expected *oauth.Error
	if errors.As(err, &expected) {
		return errors.New(expected.Description)
	}
	return err
}
