package authorizer

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzScanner: what the scanner takes for an event is JSON, and says what
// encoding/json says.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		`{"type":"TOKEN","n":[1,-2.5e3,true,false,null,{"a":"\u00fc\n"}]}`, ` { } `, `{"type":"\ud83d"}`, `{"a":01}`, `{"a":"\q"}`,
		`{"type":1}`, `{"type":"a","type":"b"}`, `{"a":[}`, "{\"a\":\"\x01\"}", `{"a" "b"}`, `nul`, `{"a":1}x`, "{}\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := scanner{text: string(text)}
		typ := ""
		for name := range s.members() {
			if name == "type" {
				typ = s.string()
			} else {
				s.skip()
			}
		}
		if s.peek() != 0 || s.pos < len(s.text) || s.err != nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("took %q", text)
		}
		var want map[string]any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if other, _ := want["type"].(string); typ != other && utf8.Valid(text) {
			t.Fatalf("%q: read %q, want %q", text, typ, other)
		}
	})
}

func TestStretchStopsAtWhatAStringCannotHaveAsItIs(t *testing.T) {
	for before := range 20 {
		for c := range 256 {
			text := strings.Repeat("~", before) + string([]byte{byte(c)}) + "\"\\\x00~~~~~~~~"
			want := before
			if c >= ' ' && c != '"' && c != '\\' {
				want++
			}
			if got := stretch(text); got != want {
				t.Fatalf("%q: got %d, want %d", text, got, want)
			}
		}
	}
	if got := stretch(strings.Repeat("\xff\x80", 9)); got != 18 {
		t.Errorf("got %d of 18", got)
	}
}
