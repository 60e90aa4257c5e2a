package admin

import (
	"context"

	"github.com/ostiary-auth/ostiary/pkg/audit"
)

// Events searches the audit trail, the newest first.
func (d *Desk) Events(ctx context.Context, by Caller, q audit.Query) ([]audit.Event, audit.Cursor, error) {
	if err := by.May(AuditRead); err != nil {
		return nil, audit.Cursor{}, err
	}
	return d.trail.Search(ctx, q)
}
