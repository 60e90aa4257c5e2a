// Package dynamo answers "what do we remember, in AWS?": the Table port on
// DynamoDB. Every read is strongly consistent, there is no index, and every
// attribute name is aliased, so that no reserved word can be hit.
package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// patience is how much is borne before a call of the port fails.
type patience struct {
	attempts int               // of one request, by the SDK
	backoff  time.Duration     // between them, at most
	time     time.Duration     // for all of the call
	quota    retry.RateLimiter // of retries, for all calls together; nil is the SDK's
}

var (
	// What is throttled for longer than a person waits is better answered by 503.
	ofRequests = patience{attempts: 3, backoff: 150 * time.Millisecond, time: time.Second}
	// What imports many people had better wait than begin again.
	ofWork = patience{attempts: 10, backoff: 2 * time.Second, time: 30 * time.Second, quota: ratelimit.None}
)

type table struct {
	client  *dynamodb.Client
	name    string
	now     func() time.Time
	maxTime time.Duration
}

// Open returns the table of that name. It asks nothing of DynamoDB yet.
func Open(cfg aws.Config, name string) store.Table { return Tables(cfg)(name) }

// Tables is Open for tables that share a client.
func Tables(cfg aws.Config) func(name string) store.Table {
	client := NewClient(cfg)
	return func(name string) store.Table { return New(client, name) }
}

// PatientTables is Tables for long work, which goes on for half a minute where a request
// would have been given up after a second.
func PatientTables(cfg aws.Config) func(name string) store.Table {
	client := newClient(cfg, ofWork)
	return func(name string) store.Table {
		return &table{client: client, name: name, now: time.Now, maxTime: ofWork.time}
	}
}

// New is Open for a client that NewClient made.
func New(client *dynamodb.Client, name string) store.Table {
	return &table{client: client, name: name, now: time.Now, maxTime: ofRequests.time}
}

// NewClient makes a client that gives up early.
func NewClient(cfg aws.Config) *dynamodb.Client { return newClient(cfg, ofRequests) }

func newClient(cfg aws.Config, p patience) *dynamodb.Client {
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.RetryMaxAttempts = p.attempts
		o.Retryer = retry.NewStandard(func(so *retry.StandardOptions) {
			so.MaxAttempts = p.attempts
			so.MaxBackoff = p.backoff
			if p.quota != nil {
				so.RateLimiter = p.quota
			}
			so.Retryables = append(so.Retryables, retry.RetryableErrorCode{Codes: hotKeys})
		})
	})
}

// Get implements store.Table.
func (t *table) Get(ctx context.Context, key store.Key) (store.Record, error) {
	if key.Validate() != nil {
		return store.Record{}, notFound(key)
	}
	ctx, cancel := context.WithTimeout(ctx, t.maxTime)
	defer cancel()
	i, err := t.get(ctx, key)
	if err != nil {
		return store.Record{}, err
	}
	if i == nil || i.expired(t.now().Unix()) {
		return store.Record{}, notFound(key)
	}
	return i.record(), nil
}

// get reads an item, expired or not; nil when there is none.
func (t *table) get(ctx context.Context, key store.Key) (item, error) {
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      &t.name,
		Key:            keyItem(key),
		ConsistentRead: aws.Bool(true), // a revoked grant must not be read as it was before
	})
	if err != nil {
		return nil, failure("get "+key.String(), err)
	}
	return out.Item, nil
}

func notFound(key store.Key) error { return fmt.Errorf("%w: %s", store.ErrNotFound, key) }
