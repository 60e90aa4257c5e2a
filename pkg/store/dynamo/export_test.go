package dynamo

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// NewAt is New for tests, with a clock and a bound of its own.
func NewAt(client *dynamodb.Client, name string, now func() time.Time, maxTime time.Duration) store.Table {
	return &table{client: client, name: name, now: now, maxTime: maxTime}
}

// NewEagerClient is NewClient for tests that provoke many retries: it hardly waits
// between them.
func NewEagerClient(cfg aws.Config) *dynamodb.Client {
	return newClient(cfg, patience{attempts: ofRequests.attempts, backoff: time.Millisecond})
}
