package verify_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/verify"
)

func TestIntrospectionIsRemembered(t *testing.T) {
	a := newIntrospected(t, "")
	synctest.Test(t, func(t *testing.T) {
		v := a.verifier(t, nil)
		check := func(what string, good bool, asked int) {
			t.Helper()
			if _, err := v.Verify(t.Context(), "opaque"); (err == nil) != good {
				t.Errorf("%s: got %v", what, err)
			}
			if got := a.times(); got != asked {
				t.Errorf("%s: asked %d times, want %d", what, got, asked)
			}
		}
		a.says(200, good)
		check("the first time", true, 1)
		a.says(200, `{"active":false}`)
		time.Sleep(verify.IntrospectionTTL - time.Millisecond)
		check("within the TTL", true, 0)
		time.Sleep(time.Millisecond)
		check("revoked", false, 1)
		a.says(200, strings.ReplaceAll(good, "EXP", strconv.FormatInt(time.Now().Add(13*time.Second).Unix(), 10)))
		time.Sleep(verify.IntrospectionTTL - time.Millisecond)
		check("a refusal is remembered too", false, 0)
		time.Sleep(time.Millisecond)
		check("good again, for 3 seconds", true, 1)
		a.says(200, `{"active":false}`)
		time.Sleep(3*time.Second - time.Millisecond)
		check("before exp", true, 0)
		time.Sleep(time.Millisecond)
		check("never beyond exp", false, 1)
		a.says(500, "")
		time.Sleep(verify.IntrospectionTTL)
		check("a failure", false, 1)
		check("is remembered", false, 0)
		time.Sleep(time.Second)
		check("for a second", false, 1)
	})
}

func TestIntrospectionIsAskedByOneOfMany(t *testing.T) {
	a := newIntrospected(t, "")
	a.says(200, good)
	v := a.verifier(t, nil)
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			if _, err := v.Verify(t.Context(), "opaque"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := a.times(); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

// A caller who hangs up does not spoil the answer for the next.
func TestIntrospectionForACallerWhoHangsUp(t *testing.T) {
	a := newIntrospected(t, "")
	a.says(200, good)
	v := a.verifier(t, nil)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, _ = v.Verify(gone, "opaque")
	if _, err := v.Verify(t.Context(), "opaque"); err != nil || a.times() != 1 {
		t.Errorf("got %v", err)
	}
}

func TestJ38FloodOfOpaqueTokens(t *testing.T) {
	a := newIntrospected(t, `{"active":false}`)
	a.provider.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"active":false}`) })
	v := a.verifier(t, nil)
	flood := func(name string) {
		for i := range 1500 {
			_, err := v.Verify(t.Context(), fmt.Sprintf("%s-%d", name, i))
			refused(t, name, err)
		}
	}
	flood("first")
	before := heap()
	flood("second")
	if grown := int64(heap()) - int64(before); grown > 512<<10 {
		t.Errorf("1500 tokens more left %d bytes", grown)
	}
}

// Nothing but what a bearer token is made of reaches an issuer (RFC 6750 §2.1),
// whatever it would say to it.
func TestIntrospectionOfWhatIsNoToken(t *testing.T) {
	a := newIntrospected(t, "")
	a.says(200, good)
	v := a.verifier(t, nil)
	for name, token := range map[string]string{
		"empty": "", "a header more": "a\r\nX: y", "a space": "a b", "a parameter more": "a&token=b", "percent": "%61", "too long": strings.Repeat("a", 9<<10),
	} {
		_, err := v.Verify(t.Context(), token)
		refused(t, name, err)
	}
	if got := a.times(); got != 0 {
		t.Errorf("the issuer was asked %d times", got)
	}
}
