package verify

import (
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// Confirmation says to whom a token is bound (RFC 7800 §3.1, cnf): the holder of a
// DPoP key, of a client certificate, of both, or, when it is the zero value, to
// whoever has the token.
type Confirmation struct {
	Thumbprint  string // jkt, of a DPoP key: RFC 9449 §6.1
	Certificate string // x5t#S256, of a client certificate: RFC 8705 §3.1
}

// ConfirmationOf reads it from a verified token. A token that is bound in no way that
// is known here is refused with invalid_token, and not taken for a bearer's: whoever
// bound it meant it to be of no use to others.
func ConfirmationOf(t oauth.AccessToken) (Confirmation, error) {
	claim, bound := t.Claims["cnf"]
	if !bound {
		return Confirmation{}, nil
	}
	members, _ := claim.(map[string]any)
	var c Confirmation
	var errKey, errCertificate error
	c.Thumbprint, _, errKey = jose.Claims(members).String("jkt")
	c.Certificate, _, errCertificate = jose.Claims(members).String("x5t#S256")
	if errKey != nil || errCertificate != nil || c == (Confirmation{}) {
		return Confirmation{}, oauth.InvalidToken.Errorf("the token is bound to its sender in a way that is not known here")
	}
	return c, nil
}

// Bound reports whether the token is of use to its holder alone.
func (c Confirmation) Bound() bool { return c != Confirmation{} }
