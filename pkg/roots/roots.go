// Package roots answers "who signs the certificates of AWS's endpoints?", without
// asking the system, whose bundle takes 16 to 31 ms to load.
package roots

import (
	"crypto/x509"
	_ "embed" // the roots
)

// PEM holds Amazon Root CA 1 to 4 and Starfield Services Root CA G2:
// https://www.amazontrust.com/repository/
//
//go:embed roots.pem
var PEM []byte

// Amazon returns a pool of these roots and no other.
func Amazon() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(PEM)
	return pool
}
