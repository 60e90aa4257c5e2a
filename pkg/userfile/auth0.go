package userfile

import (
	"bufio"
	"cmp"
	"errors"
	"strings"
)

// readAuth0 reads Auth0's export, an object a line, or an array of the schema of its
// bulk import.
func readAuth0(r *bufio.Reader) entries {
	if first(r) == '[' {
		return eachObject(elements(r, "users", nil), auth0Entry)
	}
	return readLines(auth0Entry)(r)
}

func auth0Entry(raw []byte) (e Entry) {
	user, err := membersOf(raw)
	if err != nil {
		return Entry{Err: err}
	}
	n := &e.User
	var id struct {
		OID string `json:"$oid"`
	}
	var updated string
	e.Err = errors.Join(
		user.take("user_id", &n.ID), user.take("_id", &id), user.take("username", &n.Username), user.take("blocked", &n.Disabled),
		user.take("email_verified", &n.EmailVerified), user.take("phone_verified", &n.PhoneNumberVerified),
		user.take("updated_at", &updated), auth0Password(user, n), auth0Metadata(&e, user),
	)
	for name, text := range textClaims(n) {
		e.Err = errors.Join(e.Err, user.take(name, text))
	}
	if updated != "" {
		_, err := setClaim(n, "updated_at", updated)
		e.Err = errors.Join(e.Err, err)
	}
	// What applications know is the strategy and the identifier; the file of password
	// hashes and that of a bulk import leave the strategy out.
	n.ID = cmp.Or(n.ID, id.OID)
	if n.ID != "" && !strings.Contains(n.ID, "|") {
		n.ID = "auth0|" + n.ID
	}
	n.Username = cmp.Or(n.Username, n.Email, n.PhoneNumber, n.ID)
	e.Left = append(e.Left, user.left("")...)
	return e
}
