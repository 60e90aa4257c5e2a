package identity

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
)

// fromElsewhere brings the forms of hashes that only other products write into those
// that are kept. What it does not know it returns as it is.
func fromElsewhere(s string) (string, error) {
	switch {
	case strings.HasPrefix(s, "pbkdf2_"), strings.HasPrefix(s, "argon2$"), strings.HasPrefix(s, "bcrypt$"):
		return fromDjango(s)
	case strings.HasPrefix(s, "$pbkdf2"):
		return fromPasslib(s)
	case strings.HasPrefix(s, "A") && !strings.Contains(s, "$"):
		return fromASPNET(s)
	}
	return s, nil
}

// fromDjango reads what Django's password hashers write: algorithm$iterations$salt$sum,
// the salt as it is, the sum in padded base64; or the algorithm before a hash of its own.
func fromDjango(s string) (string, error) {
	algorithm, rest, _ := strings.Cut(s, "$")
	switch algorithm {
	case "argon2":
		return "$" + rest, nil
	case "bcrypt":
		return rest, nil // it begins with a $ of its own
	}
	digest, known := map[string]string{"pbkdf2_sha256": "sha256", "pbkdf2_sha1": "sha1"}[algorithm]
	parts := strings.Split(rest, "$")
	if !known || len(parts) != 3 {
		return "", errors.New("not a hash of Django: pbkdf2_sha256$iterations$salt$hash")
	}
	iterations, err1 := strconv.Atoi(parts[0])
	sum, err2 := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err1 != nil || err2 != nil {
		return "", errors.New("not a hash of Django: pbkdf2_sha256$iterations$salt$hash")
	}
	return PBKDF2Hash(digest, iterations, []byte(parts[1]), sum), nil
}

// fromPasslib reads PBKDF2 as Passlib writes it: $pbkdf2-sha256$iterations$salt$sum, in
// base64 with . for +, SHA-1 unnamed; and in PHC form with a length beside the
// iterations, which the sum tells anyway.
func fromPasslib(s string) (string, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 5 {
		return s, nil // and is refused as it is
	}
	if parts[1] == "pbkdf2" {
		parts[1] = "pbkdf2-sha1"
	}
	if digits, _, _ := strings.Cut(parts[2], ","); strings.HasPrefix(digits, "i=") {
		parts[2] = digits
		return strings.TrimRight(strings.Join(parts, "$"), "="), nil
	}
	parts[2] = "i=" + parts[2]
	for i := 3; i < 5; i++ {
		parts[i] = strings.ReplaceAll(parts[i], ".", "+")
	}
	return strings.Join(parts, "$"), nil
}

// fromASPNET reads what ASP.NET Core Identity writes: base64 of a 1, the digest, the
// iterations and the salt's length as 32 bits each, the salt and the sum. Version 2
// begins with a 0, and is PBKDF2 of SHA-1 with 1000 iterations and 16 bytes of salt.
func fromASPNET(s string) (string, error) {
	malformed := errors.New("not a hash of ASP.NET Core Identity")
	decoded, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(decoded) < 1+16+16 {
		return "", malformed
	}
	if decoded[0] == 0 && len(decoded) == 1+16+32 {
		return PBKDF2Hash("sha1", 1000, decoded[1:17], decoded[17:]), nil
	}
	var head struct{ Digest, Iterations, Salt uint32 }
	if err := binary.Read(bytes.NewReader(decoded[1:13]), binary.BigEndian, &head); err != nil || decoded[0] != 1 {
		return "", malformed
	}
	rest := decoded[13:]
	if head.Digest > 2 || head.Iterations > maxIterations || head.Salt > 64 || int(head.Salt) > len(rest) {
		return "", malformed
	}
	digest := [...]string{"sha1", "sha256", "sha512"}[head.Digest]
	return PBKDF2Hash(digest, int(head.Iterations), rest[:head.Salt], rest[head.Salt:]), nil
}
