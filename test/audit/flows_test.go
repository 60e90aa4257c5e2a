package audit_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// flow is something that somebody does, and the events that it leaves: kind, outcome,
// actor, sub, client.
type flow struct {
	name     string
	settings map[string]string
	does     func(*world)
	want     []string
}

// mistyped is what people type where a name or a password belongs.
const mistyped = "the-password-of-another-account"

// flows are grouped by whom they are about.
func flows() []flow {
	return slices.Concat(signIns(), accounts(), grants(), clients(), groups(), administration())
}

func TestEveryFlowLeavesItsEvents(t *testing.T) {
	for _, f := range flows() {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := open(t, f.settings)
				f.does(w)
				slices.Sort(f.want)
				if diff := cmp.Diff(f.want, w.recorded()); diff != "" {
					t.Error(diff)
				}
				for _, leak := range []string{string(password), string(secret), mistyped, verifier} {
					if strings.Contains(w.everything(), leak) {
						t.Errorf("an event holds %q", leak)
					}
				}
			})
		})
	}
}
