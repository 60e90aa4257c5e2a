package authorizer

import (
	"errors"
	"strings"
)

// arn is the address of a method or route,
// arn:aws:execute-api:region:account:api/stage/METHOD/path.
type arn struct {
	base   string // up to the slash after the stage
	method string
	path   string // with its slash
}

var errARN = errors.New("authorizer: the event's ARN is malformed")

// parseARN takes an ARN apart. What policies are made of, which is everything
// before the method, may have no character that IAM takes for a wildcard, and the
// partition is the event's own, since there is more than one.
func parseARN(s string) (arn, error) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "execute-api" {
		return arn{}, errARN
	}
	address := strings.SplitN(parts[5], "/", 4)
	if len(address) < 3 {
		return arn{}, errARN
	}
	for _, part := range []string{parts[1], parts[3], parts[4], address[0], address[1], address[2]} {
		if !plain(part) {
			return arn{}, errARN
		}
	}
	a := arn{base: s[:len(s)-len(parts[5])] + address[0] + "/" + address[1] + "/", method: address[2], path: "/"}
	if len(address) == 4 {
		a.path += address[3]
	}
	return a, nil
}

// stage is the stage's name.
func (a arn) stage() string {
	base := strings.TrimSuffix(a.base, "/")
	return base[strings.LastIndexByte(base, '/')+1:]
}

// plain reports whether the text has letters, digits, hyphens, underscores, and at
// its beginning perhaps a dollar sign, as in $default.
func plain(s string) bool {
	s = strings.TrimPrefix(s, "$")
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}
