package userfile_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/userfile"
)

// read returns a file's entries, as text that a table can hold.
func read(format, content string) (got []string, err error) {
	for e, err := range userfile.Read(format, strings.NewReader(content), userfile.Options{}) {
		if err != nil {
			return got, err
		}
		text := e.Place + ": " + e.User.Username
		if e.Err != nil {
			text += ": " + e.Err.Error()
		}
		for _, left := range e.Left {
			text += " -" + left
		}
		got = append(got, text)
	}
	return got, nil
}

func TestEntries(t *testing.T) {
	for name, c := range map[string]struct {
		format, content string
		want            []string
	}{
		"lines, with empty ones between":      {"jsonl", "\n{\"username\":\"a\"}\n\n {\"username\":\"b\"}", []string{"line 2: a", "line 4: b"}},
		"a line goes wrong alone":             {"jsonl", "{\"username\":\"a\"}\n{\n{\"username\":\"b\"}", []string{"line 1: a", "line 2: : unexpected EOF", "line 3: b"}},
		"something after an object":           {"jsonl", `{"username":"a"}{"username":"b"}`, []string{"line 1: a: something follows the JSON object"}},
		"a mistyped claim":                    {"json", `[{"username":"a","emial":"x"}]`, []string{`user 1: a: json: unknown field "emial"`}},
		"an array in an object":               {"json", `{"more":{"users":[1]},"users":[{"username":"a"}],"z":1}`, []string{"user 1: a"}},
		"an element that is no object":        {"auth0", `["a"]`, []string{"user 1: : it is no JSON object"}},
		"a mark of byte order":                {"csv", "\ufeffusername\na\n", []string{"line 2: a"}},
		"a table of addresses":                {"csv", "email,shoe\na@example.com,40\nb@example.com,\n", []string{"line 2: a@example.com -shoe", "line 3: b@example.com"}},
		"a row of the wrong length":           {"csv", "username,name\na\nb,c\n", []string{"line 2: : the row has 1 cells, and there are 2 columns", "line 3: b"}},
		"a cell over two lines":               {"csv", "username,name\na,\"x\ny\"\nb,z\n", []string{"line 2: a", "line 4: b"}},
		"a type that is wrong":                {"auth0", `{"user_id":"auth0|1","email":7,"username":"a"}`, []string{"line 1: a: email has the wrong type"}},
		"false and empty are not left":        {"auth0", `{"username":"a","app_metadata":{},"identities":[],"multifactor":false,"user_metadata":{"x":1}}`, []string{"line 1: a -user_metadata.x"}},
		"two hashes":                          {"auth0", `{"username":"a","password_hash":"x","custom_password_hash":{"algorithm":"bcrypt","hash":{"value":"$2b"}}}`, []string{"line 1: a: there are two password hashes"}},
		"a claim with two values":             {"keycloak", `{"users":[{"username":"a","attributes":{"locale":["de","fr"]}}]}`, []string{"user 1: a -attributes.locale"}},
		"an attribute that would verify mail": {"keycloak", `{"users":[{"username":"a","attributes":{"email_verified":["true"]}}]}`, []string{"user 1: a -attributes.email_verified"}},
		"a hash nobody knows":                 {"keycloak", `{"users":[{"username":"a","credentials":[{"type":"password","algorithm":"rot13"}]}]}`, []string{`user 1: a: a password hash of algorithm "rot13"`}},
		"a former password":                   {"keycloak", `{"users":[{"username":"a","credentials":[{"type":"password-history"}]}]}`, []string{"user 1: a -credentials.password-history"}},
		"no credentials at all":               {"cognito", `{"Users":[{"Username":"a","MFAOptions":[{"DeliveryMedium":"SMS"}]}]}`, []string{"user 1: a -MFAOptions"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(c.format, c.content)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got  %q, %v\nwant %q", got, err, c.want)
			}
		})
	}
}

// A file that ends too early is no short file.
func TestFilesThatEndTooEarly(t *testing.T) {
	for name, c := range map[string]struct{ format, content string }{
		"in an array":       {"json", `[{"username":"a"},`},
		"in an object":      {"keycloak", `{"users":[{"username":"a"}]`},
		"before the users":  {"keycloak", `{"roles":{"realm":[`},
		"without users":     {"keycloak", `{"realm":"example"}`},
		"without anything":  {"json", ``},
		"in a quoted cell":  {"csv", "username\n\"a"},
		"before any column": {"csv", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := read(c.format, c.content); err == nil {
				t.Errorf("got %q and no error", got)
			}
		})
	}
	broken := errors.New("the disk is gone")
	for _, err := range userfile.Read("jsonl", io.MultiReader(strings.NewReader("{}\n"), failing{broken}), userfile.Options{}) {
		if err != nil && !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
}

type failing struct{ error }

// Read fails.
func (f failing) Read([]byte) (int, error) { return 0, f.error }

// Whatever a file holds, reading it ends, entries are numbered, and nothing follows an
// error of the file.
func FuzzRead(f *testing.F) {
	for _, format := range userfile.Formats() {
		f.Add(format, `[{"username":"a","credentials":[{"type":"password","secretData":"{}","credentialData":"{}"}]}]`)
		f.Add(format, `{"Users":[{"Username":"a","Attributes":[{"Name":"updated_at","Value":"1"}]}],"users":[{}]}`)
		f.Add(format, "username,cognito:username,email,address.locality,updated_at\na,b,c,d,e\n")
	}
	f.Fuzz(func(t *testing.T, format, content string) {
		n, ended := 0, false
		for e, err := range userfile.Read(format, strings.NewReader(content), userfile.Options{UsernameFrom: "email"}) {
			n++
			if ended || err == nil && (e.Number != n || e.Place == "" || e.User.Username != e.User.Email) {
				t.Fatalf("entry %d: %+v", n, e)
			}
			ended = err != nil
		}
	})
}
