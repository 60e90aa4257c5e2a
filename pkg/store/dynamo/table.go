// Package dynamo answers "what do we remember, in AWS?": the Table port on
// DynamoDB. Every read is strongly consistent, there is no index, and every
// attribute name is aliased, so that no reserved word can be hit.
package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

const (
	maxAttempts = 3                      // of one request, by the SDK
	maxBackoff  = 150 * time.Millisecond // between them
	maxTime     = time.Second            // for all of one call of the port
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

// New is Open for a client that NewClient made.
func New(client *dynamodb.Client, name string) store.Table {
	return &table{client: client, name: name, now: time.Now, maxTime: maxTime}
}

// NewClient makes a client that gives up early: what is throttled for longer than
// a person waits is better answered by 503.
func NewClient(cfg aws.Config) *dynamodb.Client { return newClient(cfg, maxBackoff) }

func newClient(cfg aws.Config, maxBackoff time.Duration) *dynamodb.Client {
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.RetryMaxAttempts = maxAttempts
		o.Retryer = retry.NewStandard(func(so *retry.StandardOptions) {
			so.MaxAttempts = maxAttempts
			so.MaxBackoff = maxBackoff
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
