// Package kms answers "may we open the data key?" and, where private keys stay in
// AWS KMS, "will you sign this?". It decides nothing about what is sealed or signed.
// The first question is asked once every ten minutes, the second once a token.
package kms

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/ostiary-auth/ostiary/pkg/keys"
)

// A call, its retries among them, may take so long. The quotas of KMS are shared by
// the whole account, so more attempts would harm others.
const (
	callTimeout = 2 * time.Second
	maxAttempts = 3
	maxBackoff  = 300 * time.Millisecond
)

// encryptionContext is authenticated with what is wrapped, stands in CloudTrail,
// and can be demanded by a policy (kms:EncryptionContext:ostiary).
func encryptionContext() map[string]string { return map[string]string{"ostiary": "data-key"} }

// Service is KMS as an account has it in a region. It is a keys.Custodian: it signs with
// asymmetric keys, named by ARN.
type Service struct{ client *kms.Client }

// Open asks nothing of KMS yet.
func Open(cfg aws.Config) Service {
	return Service{kms.NewFromConfig(cfg, func(o *kms.Options) {
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) { r.MaxAttempts, r.MaxBackoff = maxAttempts, maxBackoff })
	})}
}

// Wrapper wraps with the key, a symmetric one, given by id, ARN or alias.
func (s Service) Wrapper(keyID string) keys.Wrapper { return wrapper{client: s.client, keyID: keyID} }

type wrapper struct {
	client *kms.Client
	keyID  string
}

// Wrap implements keys.Wrapper.
func (w wrapper) Wrap(ctx context.Context, dataKey []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := w.client.Encrypt(ctx, &kms.EncryptInput{
		KeyId: &w.keyID, Plaintext: dataKey, EncryptionContext: encryptionContext(),
	})
	if err != nil {
		return nil, failure("encrypt", err)
	}
	return out.CiphertextBlob, nil
}

// Unwrap implements keys.Wrapper. It names the key, so that a data key which
// somebody wrapped with a key of their own, and put in the table, does not open.
func (w wrapper) Unwrap(ctx context.Context, wrapped []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := w.client.Decrypt(ctx, &kms.DecryptInput{
		KeyId: &w.keyID, CiphertextBlob: wrapped, EncryptionContext: encryptionContext(),
	})
	if err != nil {
		return nil, failure("decrypt", err)
	}
	return out.Plaintext, nil
}

// failure tells a cause that will pass from a decision, which is everything else:
// denied, disabled, about to be deleted, not this key.
func failure(what string, err error) error {
	if passing(err) {
		return fmt.Errorf("kms: %s: %w: %w", what, keys.ErrUnavailable, err)
	}
	return fmt.Errorf("kms: %s: %w", what, err)
}
