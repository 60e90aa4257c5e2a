package main

import (
	"strings"
	"testing"
)

func TestTally(t *testing.T) {
	for name, test := range map[string]struct {
		events string
		line   string
		shown  string
	}{
		"a pass is counted and silent": {
			`{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
			 {"Action":"pass","Package":"p","Test":"TestA"}
			 {"Action":"pass","Package":"p","Elapsed":0.25}`,
			"1 passed, 0 failed, 0 skipped", "ok   p 0.2s\n",
		},
		"a failure shows what it said": {
			`{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN TestA\n"}
			 {"Action":"output","Package":"p","Test":"TestA","Output":"got 1\n"}
			 {"Action":"fail","Package":"p","Test":"TestA"}
			 {"Action":"output","Package":"p","Output":"FAIL\n"}
			 {"Action":"fail","Package":"p"}`,
			"0 passed, 1 failed, 0 skipped", "got 1\nFAIL p 0.0s\n",
		},
		"a package that does not compile is a failure": {
			`{"Action":"build-output","ImportPath":"p","Output":"undefined: x\n"}
			 {"Action":"build-fail","ImportPath":"p"}
			 {"Action":"fail","Package":"p"}`,
			"0 passed, 1 failed, 0 skipped", "undefined: x\nFAIL p 0.0s\n",
		},
		"a test that never ended is shown": {
			`{"Action":"output","Package":"p","Test":"TestA","Output":"panic: oh\n"}
			 {"Action":"fail","Package":"p"}`,
			"0 passed, 1 failed, 0 skipped", "FAIL p 0.0s\npanic: oh\n",
		},
		"a skip is counted and shown, a package without tests is not": {
			`{"Action":"output","Package":"p","Test":"TestA","Output":"no database\n"}
			 {"Action":"skip","Package":"p","Test":"TestA"}
			 {"Action":"skip","Package":"q"}`,
			"0 passed, 0 failed, 1 skipped", "no database\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			tally := tally{out: &out, held: make(map[identity][]string)}
			if err := tally.read(strings.NewReader(test.events)); err != nil {
				t.Fatal(err)
			}
			if tally.line() != test.line || out.String() != test.shown {
				t.Errorf("got %q and %q, want %q and %q", tally.line(), out.String(), test.line, test.shown)
			}
		})
	}
}
