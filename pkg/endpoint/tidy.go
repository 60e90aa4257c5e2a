package endpoint

import (
	"context"
	"errors"

	"github.com/ostiary-auth/ostiary/pkg/audit"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
)

// Tidied is what became of what others had left undone.
type Tidied struct {
	outbox.Report
	Deletions int `json:"deletions_finished,omitempty"`
}

// Tidy delivers, and finishes deletions of people that broke off. It is the scheduled job
// of a deployment.
func (p *Provider) Tidy(ctx context.Context) (Tidied, error) {
	report, err := p.Deliver(ctx)
	finished, unfinished := p.FinishDeletions(ctx)
	return Tidied{report, finished}, errors.Join(err, unfinished)
}

// deletionsAtOnce bounds one run: each deletion is some twenty requests to the tables, and
// the next run is a minute away.
const deletionsAtOnce = 50

// FinishDeletions finishes some of the deletions that broke off, and returns how many. The
// trail has each of them, done by the system.
func (p *Provider) FinishDeletions(ctx context.Context) (int, error) {
	ctx = audit.WithActor(ctx, audit.System("deletion"))
	finished, err := p.issuer.FinishDeletions(ctx, deletionsAtOnce)
	if len(finished) > 0 {
		p.log.InfoContext(ctx, "deletions finished", "people", len(finished))
	}
	if err != nil {
		p.log.ErrorContext(ctx, "deletions not finished", "err", err)
	}
	return len(finished), err
}
