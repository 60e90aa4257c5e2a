package authorizer

import "strings"

// glob is the rule as IAM would write it behind an ARN's stage.
func (u rule) glob() string {
	method := u.method
	if method == "ANY" {
		method = "*"
	}
	return method + stars(u.path)
}

func stars(template string) string {
	return strings.NewReplacer("{}", "*", "{+}", "*").Replace(template)
}

// glob matches as IAM does: * is any text, slashes too. It never backtracks past
// the last star, because the text is the caller's.
func glob(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
