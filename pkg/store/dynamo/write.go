package dynamo

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// How often we try again what DynamoDB refused for another transaction's sake, and
// the bound of the first wait; each next one is twice as long.
const (
	conflictRetries = 3
	conflictWait    = 20 * time.Millisecond
)

// A write is one Write under way. Its requests are built once: a transaction that
// is sent again must be the same, byte for byte.
type write struct {
	*table
	changes []store.Change
	id      string // becomes the version of what it puts, and tells its own traces
	at      int64
	send    func(context.Context) error
}

// Write implements store.Table. One put, or one delete without a condition, is one
// cheap request; everything else is a transaction, because DynamoDB recognises a
// repeated transaction by its token. A repeated conditional delete on its own would
// find nothing, and could not tell whether we or somebody else deleted it.
func (t *table) Write(ctx context.Context, changes ...store.Change) error {
	if err := store.Validate(changes); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, t.maxTime)
	defer cancel()
	w := &write{table: t, changes: changes, id: rand.Text(), at: t.now().Unix()}
	switch c := changes[0]; {
	case len(changes) == 1 && c.Op == store.OpPut:
		w.send = w.put(c)
	case len(changes) == 1 && c.Op == store.OpDelete && c.Condition == store.Always:
		w.send = w.delete(c)
	default:
		w.send = w.transact()
	}
	err := w.send(ctx)
	for n := 0; n < conflictRetries && busy(err); n++ {
		if !pause(ctx, conflictWait<<n) {
			break
		}
		err = w.send(ctx)
	}
	if busy(err) {
		return w.decide(ctx, err)
	}
	return w.verdict(err)
}

func (w *write) put(c store.Change) func(context.Context) error {
	e := conditionOf(c, w.at)
	in := &dynamodb.PutItemInput{
		TableName:                           &w.name,
		Item:                                putItem(c, w.id),
		ConditionExpression:                 e.conditionExpression(),
		ExpressionAttributeNames:            e.names,
		ExpressionAttributeValues:           e.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	return func(ctx context.Context) error {
		_, err := w.client.PutItem(ctx, in)
		return err
	}
}

func (w *write) delete(c store.Change) func(context.Context) error {
	in := &dynamodb.DeleteItemInput{TableName: &w.name, Key: keyItem(c.Key)}
	return func(ctx context.Context) error {
		_, err := w.client.DeleteItem(ctx, in)
		return err
	}
}

// verdict turns DynamoDB's answer into the port's.
func (w *write) verdict(err error) error {
	if err == nil {
		return nil
	}
	refused := refusals(err, len(w.changes))
	for _, i := range refused {
		// An attempt that we believed lost had been applied, and then all of it.
		if i != nil && i.version() == w.id {
			return nil
		}
	}
	for n, c := range w.changes {
		if i, found := refused[n]; found {
			return w.conflict(c, i)
		}
	}
	return failure(fmt.Sprintf("write %s", w.changes[0].Key), err)
}

// decide looks for itself when DynamoDB would not: other transactions were always
// in the way. If a condition no longer holds we have lost, else nobody knows.
func (w *write) decide(ctx context.Context, cause error) error {
	for _, c := range w.changes {
		i, err := w.get(ctx, c.Key)
		if err != nil {
			return err
		}
		if i != nil && i.version() == w.id {
			return nil
		}
		if !holds(c, i, w.at) {
			return w.conflict(c, i)
		}
	}
	return unavailable(fmt.Sprintf("write %s", w.changes[0].Key), cause)
}

// conflict tells what stood in the way: nothing, when it has expired.
func (w *write) conflict(c store.Change, i item) error {
	if i == nil || i.expired(w.at) {
		return &store.Conflict{Key: c.Key}
	}
	r := i.record()
	r.Key = c.Key
	return &store.Conflict{Key: c.Key, Record: r}
}

// pause waits for up to d, differently each time so that rivals part, and reports
// whether there is time left.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d/2 + mathrand.N(d/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
