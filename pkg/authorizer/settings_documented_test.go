package authorizer_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/config"
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

// What the guide says of a trial, and lists as reasons, is what `ostiary authorize` is
// told, and the log.
func TestTheGuideShowsRealReasons(t *testing.T) {
	file := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(file, []byte(`{"keys":[`+signer.JWK("k1", "")+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := authorizer.ParseSettings(fmt.Appendf(nil, `{"issuers":[{"issuer":%q,"audience":[%q],"jwks_file":%q}],
		"routes":[{"method":"GET","path":"/protected"},{"method":"GET","path":"/admin","all":["admin"]}]}`, issuer, audience, file))
	if err != nil {
		t.Fatal(err)
	}
	a, err := authorizer.Open(t.Context(), s, config.Secret, discard)
	if err != nil {
		t.Fatal(err)
	}
	page, good := guide(t), "Bearer "+token("", nil)
	for reason, r := range map[string]request{
		"no credential was sent":                                 {"GET", "/protected", "/protected", ""},
		"the Authorization header's scheme is not accepted here": {"GET", "/protected", "/protected", "Basic YTpi"},
		"not a token of an issuer that is trusted here":          {"GET", "/protected", "/protected", "Bearer " + token("", map[string]any{"iss": issuer + "/"})},
		"typ is not that of this issuer's access tokens":         {"GET", "/protected", "/protected", "Bearer " + signer.Token("JWT", "k1", payload(nil))},
		"not a token for this audience":                          {"GET", "/protected", "/protected", "Bearer " + token("", map[string]any{"aud": "https://other.example.com"})},
		"signed with an unknown key":                             {"GET", "/protected", "/protected", "Bearer " + signer.Token("at+jwt", "k2", payload(nil))},
		"the token has expired":                                  {"GET", "/protected", "/protected", "Bearer " + token("", map[string]any{"exp": 1})},
		"the token is bound to a key, and no proofs are checked here": {"GET", "/protected", "/protected", "Bearer " + token("", map[string]any{
			"cnf": json.RawMessage(`{"jkt":"` + strings.Repeat("A", 43) + `"}`),
		})},
		"the token's scope does not reach here: it takes ": {"GET", "/admin", "/admin", good},
		"no rule lets anybody in here":                     {"GET", "/pets", "/pets", good},
	} {
		x := a.Explain(t.Context(), []byte(flavours["rest request"](r)))
		if !strings.Contains(x.Reason, reason) || !strings.Contains(page, "| `"+reason) {
			t.Errorf("%s: got %q", reason, x.Reason)
		}
	}
	if x := a.Explain(t.Context(), []byte(`{}`)); !strings.Contains(x.Reason, "this is not the event of an authorizer") {
		t.Errorf("got %q", x.Reason)
	}
}
