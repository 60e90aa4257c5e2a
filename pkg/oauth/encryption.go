package oauth

// How a content key is brought to the client that a JWE is for (RFC 7518 §4.1).
// RSA1_5 is not among them: it can be decrypted by whoever can ask the client
// whether a guess was well formed (RFC 8725 §3.2).
const (
	RSAOAEP256 = "RSA-OAEP-256"
	ECDHES     = "ECDH-ES"
)

// How the content of a JWE is encrypted (RFC 7518 §5.1).
const (
	A128CBCHS256 = "A128CBC-HS256"
	A256GCM      = "A256GCM"
)

// EncryptionAlgs returns the algorithms by which a client may have responses
// encrypted to its key. Discovery reads it.
func EncryptionAlgs() []string { return []string{RSAOAEP256, ECDHES} }

// ContentEncryptions returns how their content may be encrypted.
func ContentEncryptions() []string { return []string{A128CBCHS256, A256GCM} }
