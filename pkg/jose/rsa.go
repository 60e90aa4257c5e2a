package jose

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
)

// Bounds of RSA moduli. Verification takes time with their square: a stranger's
// key of 2^18 bits would cost seconds.
const (
	minRSABits = 2048 // RFC 7518 §3.3
	maxRSABits = 4096
)

// checkRSA refuses keys that are too short, too long or known to be weak.
func checkRSA(k *rsa.PublicKey) error {
	if k == nil || k.N == nil {
		return errors.New("RSA key: no modulus")
	}
	if bits := k.N.BitLen(); bits < minRSABits || bits > maxRSABits {
		return fmt.Errorf("RSA key: a modulus of %d bits, not %d to %d", bits, minRSABits, maxRSABits)
	}
	if k.N.Bit(0) == 0 {
		return errors.New("RSA key: an even modulus")
	}
	// With e = 1 a signature is its own message.
	if k.E < 3 || k.E > 1<<31-1 || k.E&1 == 0 {
		return errors.New("RSA key: e is not an odd number from 3 to 2^31-1")
	}
	if roca(k.N) {
		return errors.New("RSA key: the modulus was made by a faulty generator (CVE-2017-15361)")
	}
	return nil
}

// roca reports whether the modulus bears the mark of the generator whose keys
// can be factored (CVE-2017-15361): its primes are powers of 65537 modulo every
// small prime, so the modulus is too. A good modulus passes for one in 2^27
// cases.
func roca(modulus *big.Int) bool {
	var remainder, divisor big.Int
	for _, prime := range []uint64{11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157} {
		want := remainder.Mod(modulus, divisor.SetUint64(prime)).Uint64()
		if !powerOf65537(want, prime) {
			return false
		}
	}
	return true
}

func powerOf65537(n, prime uint64) bool {
	power := uint64(1)
	for range prime {
		if power == n {
			return true
		}
		power = power * 65537 % prime
	}
	return false
}
