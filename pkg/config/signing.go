package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// SigningKMS is the value of SIGNING with which private keys never leave KMS.
const SigningKMS = "kms"

// KMSKeys are the KMS keys that may sign by one algorithm, the one that is to sign
// last.
type KMSKeys struct {
	Alg  oauth.Alg
	ARNs []string
}

// KMSKeys lists the KMS keys by algorithm.
func (c Config) KMSKeys() []KMSKeys {
	return []KMSKeys{{oauth.ES256, c.KMSES256Keys}, {oauth.RS256, c.KMSRS256Keys}, {oauth.PS256, c.KMSPS256Keys}}
}

// keyARN reports whether the text names a KMS key as arn:aws:kms:REGION:ACCOUNT:key/ID.
// An alias is not accepted: whoever may point it elsewhere would choose our key.
func keyARN(text string) bool {
	parts := strings.Split(text, ":")
	if len(parts) != 6 || slices.Contains(parts, "") || parts[0] != "arn" || parts[2] != "kms" {
		return false
	}
	id, ok := strings.CutPrefix(parts[5], "key/")
	return ok && id != "" && !strings.ContainsAny(id, " */?")
}

// signingFaults checks that what must be signed can be: id_tokens by RS256, which
// OpenID Connect Core §15.1 demands, access tokens and status lists by ES256.
func (c Config) signingFaults() []string {
	var faults []string
	seen := make(map[string]bool)
	for _, list := range c.KMSKeys() {
		variable := fmt.Sprintf("KMS_%s_KEYS", list.Alg)
		for _, arn := range list.ARNs {
			if !keyARN(arn) {
				faults = append(faults, fmt.Sprintf("%s has %q, which is not the ARN of a KMS key", variable, arn))
			}
			if seen[arn] { // its thumbprint would name two keys of the set
				faults = append(faults, fmt.Sprintf("%s has %s, which is listed already", variable, arn))
			}
			seen[arn] = true
		}
		if c.Signing == SigningKMS && len(list.ARNs) == 0 && list.Alg != oauth.PS256 {
			faults = append(faults, fmt.Sprintf("%s is empty; with SIGNING=kms it needs a key", variable))
		}
	}
	return faults
}
