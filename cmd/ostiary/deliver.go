package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/config"
	"github.com/ostiary-auth/ostiary/pkg/endpoint"
)

// How often the outbox is looked at. A look at the folder costs next to nothing; one
// at DynamoDB costs eight reads.
const (
	localDeliveries    = time.Second
	dynamoDBDeliveries = 15 * time.Second
)

// deliver drains the outbox until ctx ends, which in AWS the deliver function does.
func (s *serve) deliver(ctx context.Context, cfg config.Config, b *backend, log *slog.Logger) error {
	provider, err := endpoint.New(cfg, b.users, b.state, b.sealer, b.ring, log)
	if err != nil {
		return err
	}
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
