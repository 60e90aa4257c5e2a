package dynamo

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// The reasons for which DynamoDB cancels a transaction.
const (
	reasonCondition  = "ConditionalCheckFailed"
	reasonConflict   = "TransactionConflict"
	reasonThroughput = "ProvisionedThroughputExceeded"
	reasonThrottled  = "ThrottlingError"
)

// hotKeys is the throttling that the SDK's own list lacks.
var hotKeys = map[string]struct{}{"KeyRangeThroughputExceeded": {}}

// throttles is what was refused for now, whatever its HTTP status.
var throttles = retry.IsErrorThrottles{
	retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes},
	retry.ThrottleErrorCode{Codes: hotKeys},
}

// refusals returns, by the number of the change, the items at which conditions
// did not hold; nil where there was none. They count before anything else that
// stands in the same list of reasons.
func refusals(err error, changes int) map[int]item {
	var single *types.ConditionalCheckFailedException
	if errors.As(err, &single) {
		return map[int]item{0: single.Item}
	}
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) {
		return nil
	}
	refused := map[int]item{}
	for n, reason := range canceled.CancellationReasons {
		if n < changes && aws.ToString(reason.Code) == reasonCondition {
			refused[n] = reason.Item
		}
	}
	return refused
}

// busy reports whether nothing but other transactions, or the lack of throughput
// inside one, stood in the way: try again. The SDK does not.
func busy(err error) bool {
	var conflict *types.TransactionConflictException
	if errors.As(err, &conflict) {
		return true
	}
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) {
		return false
	}
	again := false
	for _, reason := range canceled.CancellationReasons {
		switch aws.ToString(reason.Code) {
		case reasonCondition:
			return false
		case reasonConflict, reasonThroughput, reasonThrottled:
			again = true
		}
	}
	return again
}

// failure sorts what is left: store.ErrUnavailable when trying later may help, and
// an error that it does not when something must be mended, such as a table that
// does not exist or a permission that is missing.
func failure(what string, err error) error {
	var api smithy.APIError
	var response interface{ HTTPStatusCode() int }
	switch {
	case !errors.As(err, &api): // no answer: connection, deadline
		return unavailable(what, err)
	case throttles.IsErrorThrottle(err) == aws.TrueTernary, busy(err):
		return unavailable(what, err)
	case errors.As(err, &response) && response.HTTPStatusCode() >= http.StatusInternalServerError:
		return unavailable(what, err)
	}
	return fmt.Errorf("store: %s: %w", what, err)
}

func unavailable(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", store.ErrUnavailable, what, err)
}
