package authorizer_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

func guide(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/authorizer.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// The guide's table has every member of the settings, and no other.
func TestTheGuideListsEverySetting(t *testing.T) {
	var got []string
	_, table, _ := strings.Cut(guide(t), "| member | default | meaning |")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|.*\\| .+ \\|$").FindAllStringSubmatch(table, -1) {
		got = append(got, row[1])
	}
	want := members("", reflect.TypeFor[authorizer.Settings]())
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/authorizer.md lacks (-) or has too much of (+):\n%s", diff)
	}
}

// members are the paths of all members: "issuers[].issuer".
func members(where string, kind reflect.Type) (all []string) {
	for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Slice {
		if kind.Kind() == reflect.Slice {
			where += "[]"
		}
		kind = kind.Elem()
	}
	if kind.Kind() != reflect.Struct {
		return nil
	}
	for field := range kind.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		path := strings.TrimPrefix(where+"."+name, ".")
		all = append(append(all, path), members(path, field.Type)...)
	}
	return all
}

// The documents that the guide shows open a gate.
func TestDocumentsOfTheGuideAreKept(t *testing.T) {
	blocks := strings.Split(guide(t), "```json")[1:]
	for _, block := range blocks {
		document, _, _ := strings.Cut(block, "```")
		s, err := authorizer.ParseSettings([]byte(document))
		if err != nil {
			t.Errorf("%s: %v", document, err)
			continue
		}
		if _, err := authorizer.New(s, tokens(verify.StaticKeys(keySet())), discard); err != nil {
			t.Errorf("%s: %v", document, err)
		}
	}
	if len(blocks) < 2 {
		t.Errorf("the guide shows %d documents", len(blocks))
	}
}

// What the guide says of a trial is what `ostiary authorize` is told.
func TestTheGuideShowsRealReasons(t *testing.T) {
	a := gate(t, nil)
	page := guide(t)
	for name, c := range map[string]struct{ authorization, reason string }{
		"audience": {"Bearer " + token("", map[string]any{"aud": "https://other.example.com"}), "not a token for this audience"},
		"typ":      {"Bearer " + signer.Token("JWT", "k1", payload(nil)), "typ is not that of this issuer's access tokens"},
		"key": {
			"Bearer " + token("", map[string]any{"cnf": json.RawMessage(`{"jkt":"` + strings.Repeat("A", 43) + `"}`)}),
			"the token is bound to a key, and no proofs are checked here",
		},
	} {
		x := a.Explain(t.Context(), []byte(flavours["rest request"](request{"GET", "/protected", "/protected", c.authorization})))
		if !strings.Contains(x.Reason, c.reason) || !strings.Contains(page, c.reason) {
			t.Errorf("%s: got %q", name, x.Reason)
		}
	}
}
