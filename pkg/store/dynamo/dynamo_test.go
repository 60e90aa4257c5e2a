package dynamo_test

import (
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/store/dynamo"
	"github.com/ostiary-auth/ostiary/pkg/store/storetest"
	"github.com/ostiary-auth/ostiary/test/dynamodb"
)

// patience keeps a loaded machine from turning what is slow into what is
// unavailable; the real bound has tests of its own.
const patience = 30 * time.Second

func TestStore(t *testing.T) {
	server := dynamodb.Start(t)
	t.Logf("DynamoDB API server: %s", server)
	client := server.Client()
	storetest.Run(t, func(t *testing.T) store.Table {
		return dynamo.NewAt(client, server.Table(t), time.Now, patience)
	})
	storetest.RunClock(t, func(t *testing.T, now func() time.Time) store.Table {
		return dynamo.NewAt(client, server.Table(t), now, patience)
	})
}
