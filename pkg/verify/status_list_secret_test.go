package verify_test

import (
	"errors"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

// Whoever shares a secret could sign a list that revives what was revoked (Token
// Status List §5.1).
func TestJ01AListIsNotSignedWithASecret(t *testing.T) {
	l := newLister()
	l.signer = josetest.New(oauth.HS256)
	set, err := jose.NewSet(l.signer.Key("k1"))
	if err != nil {
		t.Fatal(err)
	}
	lists := l.lists(t, func(p *verify.StatusListPolicy) { p.Keys = verify.StaticKeys(set) })
	if err := lists.Check(t.Context(), referring(listURI, 1.0)); !errors.Is(err, verify.ErrStatusUnavailable) {
		t.Errorf("got %v", err)
	}
}
