// Package jose answers "did the holder of this key sign that?": compact JWS, JWK
// sets and JWT claims, read strictly and checked by the standard library's
// cryptography. It judges no claim, and it never signs.
//
// compact.go reads a token, key.go and jwk.go read keys, signature.go checks one
// against the other, set.go finds a key, claims.go reads what was signed; all of
// them read JSON with json.go, which refuses what lets two readers of one
// document see different things.
package jose
