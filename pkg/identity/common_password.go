package identity

import (
	"crypto/sha256"
	_ "embed"
	"strings"
)

// commonPasswords are those that are guessed first, and the words of dictionaries, as
// common_passwords.md says: the first bytes of the SHA-256 of each, in order. It is
// searched where it lies, so that no process pays for it before somebody chooses a
// password.
//
//go:embed common_passwords.bin
var commonPasswords string

// commonLength is that of an entry. With 50,000 of them one password in 22 million is
// taken for common that is not, and its owner chooses another.
const commonLength = 5

// fold is the form in which passwords are compared with those that are guessed first:
// of a prepared one (NFKC), without case.
func fold(prepared string) string { return strings.ToLower(prepared) }

// isCommon reports whether a folded password is among those that are guessed first
// (NIST SP 800-63B §5.1.1.2).
func isCommon(folded string) bool {
	sum := sha256.Sum256([]byte(folded))
	wanted := string(sum[:commonLength])
	low, high := 0, len(commonPasswords)/commonLength
	for low < high {
		middle := (low + high) / 2
		switch entry := commonPasswords[middle*commonLength : (middle+1)*commonLength]; {
		case entry == wanted:
			return true
		case entry < wanted:
			low = middle + 1
		default:
			high = middle
		}
	}
	return false
}
