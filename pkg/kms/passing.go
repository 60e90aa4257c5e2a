package kms

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
)

// outages are errors of KMS that say nothing about the key or the caller, beside
// those that the SDK retries by itself.
var outages = map[string]struct{}{
	"DependencyTimeoutException": {},
	"KMSInternalException":       {},
	"KeyUnavailableException":    {},
}

// passing reports whether the cause of a failure will pass: throttled, down, out
// of time, no connection. An error that is not known here is a decision, so a
// mistake in this list stops signing and never prolongs it.
func passing(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		if _, ok := outages[api.ErrorCode()]; ok {
			return true
		}
	}
	retryables := append(retry.IsErrorRetryables{}, retry.DefaultRetryables...)
	return retryables.IsErrorRetryable(err) == aws.TrueTernary
}
