package kms

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// specs are the names that KMS has for algorithms. RSASSA_PSS has a salt as long
// as the digest, which RFC 7518 §3.5 demands. Ed25519 is not here: KMS signs whole
// messages by it, and none beyond 4096 bytes.
var specs = map[oauth.Alg]types.SigningAlgorithmSpec{
	oauth.RS256: types.SigningAlgorithmSpecRsassaPkcs1V15Sha256,
	oauth.PS256: types.SigningAlgorithmSpecRsassaPssSha256,
	oauth.ES256: types.SigningAlgorithmSpecEcdsaSha256,
}

// PublicKey implements keys.Custodian. A key for encryption signs by nothing. KMS
// has other curves than P-256 for ECDSA_SHA_256, so the caller checks the key itself.
func (s Service) PublicKey(ctx context.Context, id string, alg oauth.Alg) (crypto.PublicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := s.client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &id})
	if err != nil {
		return nil, failure("get public key", err)
	}
	if spec, ok := specs[alg]; !ok || !slices.Contains(out.SigningAlgorithms, spec) {
		return nil, fmt.Errorf("kms: key %s is %s for %s and does not sign by %s", id, out.KeySpec, out.KeyUsage, alg)
	}
	public, err := x509.ParsePKIXPublicKey(out.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("kms: public key of %s: %w", id, err)
	}
	return public, nil
}

// Sign implements keys.Custodian. The digest alone leaves us, so KMS and its
// journal never see a token.
func (s Service) Sign(ctx context.Context, id string, alg oauth.Alg, digest []byte) ([]byte, error) {
	spec, ok := specs[alg]
	if !ok {
		return nil, fmt.Errorf("kms: no way to sign by %q", string(alg))
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := s.client.Sign(ctx, &kms.SignInput{
		KeyId: &id, Message: digest, MessageType: types.MessageTypeDigest, SigningAlgorithm: spec,
	})
	if err != nil {
		return nil, failure("sign", err)
	}
	return out.Signature, nil
}
