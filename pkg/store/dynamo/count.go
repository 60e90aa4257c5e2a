package dynamo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// A counting is one Count under way. Each of its updates is conditional on what
// the one before it found, and on not having been applied already.
type counting struct {
	*table
	key   store.Key
	delta int
	limit store.Limit
	id    string
	at    time.Time
}

// errMoved means that the counter is no longer as it was when we looked.
var errMoved = errors.New("store: the counter moves too fast")

// Count implements store.Table. A counter that is open costs one update; one that
// must be opened costs two.
func (t *table) Count(ctx context.Context, key store.Key, delta int, limit store.Limit) (int, error) {
	if err := key.Validate(); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, t.maxTime)
	defer cancel()
	c := &counting{table: t, key: key, delta: delta, limit: limit, id: rand.Text(), at: t.now()}
	for n := 0; ; n++ {
		count, err := c.attempt(ctx)
		if !busy(err) && !errors.Is(err, errMoved) {
			return count, err
		}
		if n == conflictRetries || !pause(ctx, conflictWait<<n) {
			return 0, unavailable("count "+key.String(), err)
		}
	}
}

// attempt adds to an open counter or finds out why it cannot.
func (c *counting) attempt(ctx context.Context) (int, error) {
	if c.delta == 0 {
		standing, err := c.get(ctx, c.key)
		if err != nil || standing == nil || standing.expired(c.at.Unix()) {
			return 0, err
		}
		return c.count(standing)
	}
	standing, err := c.update(ctx, c.add())
	var refused *types.ConditionalCheckFailedException
	if !errors.As(err, &refused) {
		return c.settle(standing, err)
	}
	standing = refused.Item
	if standing == nil || standing.expired(c.at.Unix()) {
		return c.open(ctx)
	}
	count, err := c.count(standing)
	switch {
	case err != nil:
		return 0, err
	case standing.version() == c.id: // an attempt that we believed lost
		return count, nil
	case c.delta < 0 && count+c.delta < 0:
		return c.insist(ctx, c.empty())
	case c.delta > 0 && c.limit.Max > 0 && count+c.delta > c.limit.Max:
		return count, c.full()
	}
	return 0, errMoved
}

// open begins a window.
func (c *counting) open(ctx context.Context) (int, error) {
	switch {
	case c.delta < 0:
		return 0, nil
	case c.limit.Max > 0 && c.delta > c.limit.Max:
		return 0, c.full()
	}
	return c.insist(ctx, c.begin())
}

// insist sends an update that must find what attempt saw.
func (c *counting) insist(ctx context.Context, in *dynamodb.UpdateItemInput) (int, error) {
	standing, err := c.update(ctx, in)
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return 0, errMoved // perhaps by our own lost attempt: the next one will tell
	}
	return c.settle(standing, err)
}

func (c *counting) update(ctx context.Context, in *dynamodb.UpdateItemInput) (item, error) {
	in.TableName, in.Key = &c.name, keyItem(c.key)
	in.ReturnValues = types.ReturnValueAllNew
	in.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	out, err := c.client.UpdateItem(ctx, in)
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

func (c *counting) settle(standing item, err error) (int, error) {
	switch {
	case err == nil:
		return c.count(standing)
	case busy(err):
		return 0, err
	default:
		return 0, failure("count "+c.key.String(), err)
	}
}

func (c *counting) count(i item) (int, error) {
	n, ok := i.number(attrCount)
	if !ok {
		return 0, fmt.Errorf("store: not a counter at %s", c.key)
	}
	return int(n), nil
}

func (c *counting) full() error { return fmt.Errorf("%w: %s", store.ErrLimit, c.key) }
