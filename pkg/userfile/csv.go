package userfile

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// readCSV reads a table whose first row names the columns: username, sub, password,
// password_hash, disabled, standard claims, groups, roles and attributes.
func readCSV(r *bufio.Reader) entries { return readTable(r, "username", ownCell) }

// readTable reads rows by their columns' names; an empty cell says nothing.
func readTable(r io.Reader, username string, cell func(e *Entry, column, value string) error) entries {
	reader := csv.NewReader(r)
	reader.ReuseRecord = true
	columns, err := reader.Read()
	if err != nil {
		return failed(fmt.Errorf("the first row, which names the columns: %w", err))
	}
	columns = append([]string(nil), columns...)
	seen := map[string]bool{}
	for i, column := range columns {
		columns[i] = strings.TrimSpace(column)
		if seen[columns[i]] {
			return failed(fmt.Errorf("two columns are named %s", columns[i]))
		}
		seen[columns[i]] = true
	}
	if !seen[username] && !seen["email"] {
		return failed(fmt.Errorf("no column is named %s", username))
	}
	return func(yield func(Entry, error) bool) {
		for {
			row, err := reader.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil && !errors.Is(err, csv.ErrFieldCount) {
				yield(Entry{}, err)
				return
			}
			line, _ := reader.FieldPos(0)
			e := Entry{Place: fmt.Sprintf("line %d", line)}
			if err != nil {
				e.Err = fmt.Errorf("the row has %d cells, and there are %d columns", len(row), len(columns))
			} else {
				e.Err = cells(&e, columns, row, cell)
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func cells(e *Entry, columns, row []string, cell func(*Entry, string, string) error) error {
	var errs []error
	for i, column := range columns {
		if row[i] != "" {
			errs = append(errs, cell(e, column, row[i]))
		}
	}
	if e.User.Username == "" {
		e.User.Username = e.User.Email
	}
	return errors.Join(errs...)
}

func ownCell(e *Entry, column, value string) error {
	switch column {
	case "username":
		e.User.Username = value
	case "sub":
		e.User.ID = value
	case "password":
		e.User.Password = oauth.Secret(value)
	case "password_hash":
		e.User.PasswordHash = value
	case "disabled":
		disabled, err := boolean(column, value)
		if err != nil {
			return err
		}
		e.User.Disabled = *disabled
	case "groups":
		e.User.Groups = listed(value)
	case "roles":
		e.User.Roles = listed(value)
	default:
		attribute, _ := strings.CutPrefix(column, "attributes.")
		return claimCell(e, column, attribute, value)
	}
	return nil
}

// claimCell takes what is no standard claim for a value of an attribute.
func claimCell(e *Entry, column, attribute, value string) error {
	known, err := setClaim(&e.User, column, value)
	if !known {
		e.Values = append(e.Values, Value{Name: column, Here: attribute, Texts: []string{value}})
	}
	return err
}
