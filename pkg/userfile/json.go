package userfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/ostiary-auth/ostiary/pkg/identity"
)

// maxLineBytes of one person are more than a user record can hold.
const maxLineBytes = 1 << 20

// readJSON reads an array of users, or an object whose member users is one, in our own
// members.
func readJSON(r *bufio.Reader) entries {
	return eachObject(elements(r, "users", nil), ownEntry)
}

// ownEntry reads a user in our own members, all of which must have a meaning: a
// mistyped claim would be lost.
func ownEntry(raw []byte) Entry {
	var e Entry
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if e.Err = decoder.Decode(&e.User); e.Err != nil {
		e.User = identity.NewUser{Username: e.User.Username}
		return e
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		e.Err = errors.New("something follows the JSON object")
	}
	return e
}

// readLines reads an object a line, which an error in one does not keep from the others.
func readLines(entry func([]byte) Entry) func(*bufio.Reader) entries {
	return func(r *bufio.Reader) entries {
		return func(yield func(Entry, error) bool) {
			scanner := bufio.NewScanner(r)
			scanner.Buffer(nil, maxLineBytes)
			for n := 1; scanner.Scan(); n++ {
				line := bytes.TrimSpace(scanner.Bytes())
				if len(line) == 0 {
					continue
				}
				e := entry(line)
				e.Place = fmt.Sprintf("line %d", n)
				if !yield(e, nil) {
					return
				}
			}
			if err := scanner.Err(); err != nil {
				yield(Entry{}, err)
			}
		}
	}
}

// eachObject reads each element of a file.
func eachObject(objects iter.Seq2[json.RawMessage, error], entry func([]byte) Entry) entries {
	return func(yield func(Entry, error) bool) {
		for raw, err := range objects {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if !yield(entry(raw), nil) {
				return
			}
		}
	}
}

// elements yields the elements of an array, or of the array that an object has as
// member, in any number of such documents, one after the other. Of the other members of
// such an object those that aside names are read by what it has for them; all else is
// passed over without being kept.
func elements(r io.Reader, member string, aside map[string]func(*json.Decoder) error) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		decoder := json.NewDecoder(r)
		for found := false; ; {
			start, err := decoder.Token()
			if errors.Is(err, io.EOF) && found {
				return
			}
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("the file has no %s", member)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			var more bool
			switch start {
			case json.Delim('['):
				found, more = true, array(decoder, yield)
			case json.Delim('{'):
				more = object(decoder, member, aside, &found, yield)
			default:
				yield(nil, errors.New("the file holds neither an array nor an object"))
			}
			if !more {
				return
			}
		}
	}
}

// array yields what is left of the array that was begun; false ends the file.
func array(decoder *json.Decoder, yield func(json.RawMessage, error) bool) bool {
	for decoder.More() {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			yield(nil, err)
			return false
		}
		if !yield(raw, nil) {
			return false
		}
	}
	return closed(decoder, yield)
}

// object yields the elements of the member's array in the object that was begun.
func object(decoder *json.Decoder, member string, aside map[string]func(*json.Decoder) error, found *bool, yield func(json.RawMessage, error) bool) bool {
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			yield(nil, err)
			return false
		}
		if read := aside[fmt.Sprint(name)]; read != nil {
			if err := read(decoder); err != nil {
				yield(nil, err)
				return false
			}
			continue
		}
		start, err := decoder.Token()
		switch {
		case err != nil:
			yield(nil, err)
			return false
		case name == member && start == json.Delim('['):
			*found = true
			if !array(decoder, yield) {
				return false
			}
		default:
			if err := pass(decoder, start); err != nil {
				yield(nil, err)
				return false
			}
		}
	}
	return closed(decoder, yield)
}

func closed(decoder *json.Decoder, yield func(json.RawMessage, error) bool) bool {
	if _, err := decoder.Token(); err != nil {
		yield(nil, err)
		return false
	}
	return true
}

// pass reads to the end of the value that was begun.
func pass(decoder *json.Decoder, start json.Token) error {
	for depth := 0; ; {
		switch start {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if start, err = decoder.Token(); err != nil {
			return err
		}
	}
}

// members are those of an object that were not taken yet.
type members map[string]json.RawMessage

func membersOf(raw []byte) (members, error) {
	var m members
	if json.Unmarshal(raw, &m) != nil || m == nil {
		return nil, errors.New("it is no JSON object")
	}
	return m, nil
}

// take reads a member, if it is there and of the right type.
func (m members) take(name string, into any) error {
	raw, there := m[name]
	delete(m, name)
	if !there || string(raw) == "null" {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s has the wrong type", name)
	}
	return nil
}

// left names the members that were not taken and hold something.
func (m members) left(prefix string) []string {
	var names []string
	for name, raw := range m {
		switch string(raw) {
		case "null", `""`, "[]", "{}", "false", "0":
		default:
			names = append(names, prefix+name)
		}
	}
	slices.Sort(names)
	return names
}
