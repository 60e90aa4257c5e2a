package main

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/config"
)

// keepFile has events appended to AUDIT_FILE, where there is one, until ctx ends. The file
// says how far it has come, so that what happened while nobody served is in it, too.
func (s *serve) keepFile(ctx context.Context, group *errgroup.Group, cfg config.Config, trail *audit.Trail, log *slog.Logger) error {
	if cfg.AuditFile == "" {
		return nil
	}
	file, err := trail.OpenCopy(cfg.AuditFile, time.Time{})
	if err != nil {
		return err
	}
	pause := localDeliveries
	if s.dynamodb {
		pause = dynamoDBDeliveries
	}
	group.Go(func() error {
		return every(ctx, pause, func() {
			if _, err := file.Next(ctx, nil); err != nil && ctx.Err() == nil {
				log.ErrorContext(ctx, "events not appended to AUDIT_FILE", "err", err)
			}
		})
	})
	return nil
}
