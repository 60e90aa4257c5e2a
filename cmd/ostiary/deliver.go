package main

import (
	"context"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/endpoint"
)

// How often the outbox is looked at. A look at the folder costs next to nothing; one
// at DynamoDB costs eight reads.
const (
	localDeliveries    = time.Second
	dynamoDBDeliveries = 15 * time.Second
)

// deliver drains the outbox until ctx ends, which in AWS the deliver function does.
func (s *serve) deliver(ctx context.Context, provider *endpoint.Provider) error {
	pause := localDeliveries
	if s.dynamodb {
		pause = dynamoDBDeliveries
	}
	for tick := time.NewTicker(pause); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return nil
		case <-tick.C:
			_, _ = provider.Deliver(ctx) // it logs what fails, and the next time comes
		}
	}
}
