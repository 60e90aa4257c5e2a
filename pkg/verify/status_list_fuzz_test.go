package verify_test

import (
	"errors"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Whatever a list says that the issuer signed: a token is refused, or nobody knows, or
// it is good, and never at what is no index.
func FuzzStatusList(f *testing.F) {
	l := newLister()
	f.Add(listClaims(change{"status_list": listJSON(1, []byte{1, 0})}), 1.0)
	f.Add(listClaims(change{"status_list": listJSON(8, []byte{1, 2, 3})}), 2.0)
	f.Add(listClaims(change{"status_list": listJSON(2, make([]byte, 1<<21))}), 0.0)
	f.Add(listClaims(change{"sub": `"` + listURI + `"`}), 0.5)
	f.Add(`{"status_list":{"bits":1,"lst":"eJzbuRgAAhcBXQ"},"sub":"URI","iat":1}`, 3.0)
	f.Fuzz(func(t *testing.T, payload string, index float64) {
		l.says(func() string { return payload })
		err := l.lists(t).Check(t.Context(), referring(listURI, index))
		if err != nil && !oauth.InvalidToken.In(err) && !errors.Is(err, verify.ErrStatusUnavailable) {
			t.Errorf("%s at %v: %v", payload, index, err)
		}
		if err == nil && (index < 0 || index != float64(int64(index))) {
			t.Errorf("%v is no index, and good", index)
		}
	})
}
