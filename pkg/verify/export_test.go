package verify

// ReadJWKSURI reads metadata, for the fuzzer.
func ReadJWKSURI(issuer string, document []byte) (string, error) {
	e, err := readMetadata(issuer, document)
	return e.jwks, err
}
