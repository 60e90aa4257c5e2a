// Package userfile answers "who is in this file?": users as other products export
// them, one after the other, so that a file may be larger than the memory. It never
// drops an attribute without saying so.
package userfile

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// Entry is what a file says of one person.
type Entry struct {
	Number int    // counts the entries, from 1
	Place  string // where it stands: "line 3", "user 3"
	User   identity.NewUser

	// What other products say of groups, roles and attributes, in their words. Terms make
	// roles and attributes of the User of it, and leave the groups, under their names here,
	// to whoever knows which are there.
	Groups []Group
	Roles  []Word
	Values []Value

	Left    []string // what has no place here, by name
	Lacking []string // attributes that somebody here would have to make, for something that is left or refused
	Err     error    // why the entry makes no user; the entries after it are read all the same
}

// Options say how to read.
type Options struct {
	// UsernameFrom is the claim that becomes the username, such as email; empty: what
	// the format has for it.
	UsernameFrom string

	// Terms are those of the provider. nil: people may have no attributes.
	Terms *Terms
}

// entries yields what a file holds. An error is the end of it.
type entries = iter.Seq2[Entry, error]

func formats() map[string]func(*bufio.Reader) entries {
	return map[string]func(*bufio.Reader) entries{
		"json":     readJSON,
		"jsonl":    readLines(ownEntry),
		"csv":      readCSV,
		"cognito":  readCognito,
		"auth0":    readAuth0,
		"keycloak": readKeycloak,
	}
}

// Formats lists the names of the formats.
func Formats() []string { return slices.Sorted(maps.Keys(formats())) }

// Guess names the format that a file's name speaks for: of .csv, .json and .jsonl.
func Guess(name string) string {
	switch {
	case strings.HasSuffix(name, ".csv"):
		return "csv"
	case strings.HasSuffix(name, ".json"):
		return "json"
	}
	return "jsonl"
}

// Read yields the entries of a file, numbered. An error, which is of the file as a
// whole, ends it.
func Read(format string, r io.Reader, o Options) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		read := formats()[format]
		if read == nil {
			yield(Entry{}, fmt.Errorf("no format %q: there are %s", format, strings.Join(Formats(), ", ")))
			return
		}
		if o.UsernameFrom != "" && textClaims(&identity.NewUser{})[o.UsernameFrom] == nil {
			yield(Entry{}, fmt.Errorf("no claim %q to take usernames from", o.UsernameFrom))
			return
		}
		if o.Terms == nil {
			o.Terms, _ = NewTerms(nil, nil)
		}
		buffered := bufio.NewReaderSize(r, 64<<10)
		if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" { // spreadsheets write it
			_, _ = buffered.Discard(len(mark))
		}
		n := 0
		for entry, err := range read(buffered) {
			n++
			entry.Number = n
			if entry.Place == "" {
				entry.Place = fmt.Sprintf("user %d", n)
			}
			o.Terms.fit(&entry)
			if o.UsernameFrom != "" {
				entry.User.Username = *textClaims(&entry.User)[o.UsernameFrom]
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// failed is the end of a file that cannot be read on.
func failed(err error) entries {
	return func(yield func(Entry, error) bool) { yield(Entry{}, err) }
}
