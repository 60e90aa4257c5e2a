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

// unfinishedLooks is how often deletions that broke off are looked for.
const unfinishedLooks = 5 * time.Minute

// deliver drains the outbox until ctx ends, which in AWS the deliver function does.
func (s *serve) deliver(ctx context.Context, provider *endpoint.Provider) error {
	pause := localDeliveries
	if s.dynamodb {
		pause = dynamoDBDeliveries
	}
	return every(ctx, pause, func() { _, _ = provider.Deliver(ctx) }) // it logs what fails, and the next time comes
}

// finishDeletions finishes deletions that broke off, from the start on until ctx ends,
// which in AWS the deliver function does, too.
func finishDeletions(ctx context.Context, provider *endpoint.Provider) error {
	finish := func() { _, _ = provider.FinishDeletions(ctx) } // likewise
	finish()
	return every(ctx, unfinishedLooks, finish)
}

// every does a job again and again until ctx ends.
func every(ctx context.Context, pause time.Duration, job func()) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			job()
		}
	}
}
