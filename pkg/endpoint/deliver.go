package endpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/mail"
	"github.com/ostiary-auth/ostiary/pkg/outbox"
)

// Deliver tells others what the outbox holds for them, as far as it is due. It is to
// be called whenever something was put there, and now and then besides, for what
// must be tried again.
func (p *Provider) Deliver(ctx context.Context) (outbox.Report, error) {
	report, err := p.outbox.Drain(ctx, func(ctx context.Context, m outbox.Message) error {
		err := p.deliver(ctx, m)
		if err != nil {
			p.log.WarnContext(ctx, "not delivered", "kind", m.Kind, "message", m.ID, "attempt", m.Attempts, "err", err)
		}
		return err
	})
	if err == nil && report == (outbox.Report{}) {
		return report, nil // nothing was due, which is no news
	}
	level := slog.LevelInfo
	if err != nil || report.Dead > 0 {
		level = slog.LevelError
	}
	p.log.Log(ctx, level, "outbox drained", "delivered", report.Delivered, "failed", report.Failed, "dead", report.Dead, "err", err)
	return report, err
}

// WithMail has mails of the outbox sent so. It is for whoever drains it.
func (p *Provider) WithMail(send mail.Send) *Provider {
	p.mail = send
	return p
}

// deliver knows every kind of message.
func (p *Provider) deliver(ctx context.Context, m outbox.Message) error {
	switch m.Kind {
	case issue.LogoutMessage:
		return p.issuer.DeliverLogout(ctx, m, p.outward.PostForm)
	case issue.MailMessage:
		if p.mail == nil {
			return errors.New("whoever drains the outbox here cannot send mail: MAIL, docs/mail.md")
		}
		return p.issuer.DeliverMail(ctx, m, p.mail)
	default:
		return fmt.Errorf("%w: nobody knows messages of kind %s", outbox.ErrFinal, m.Kind)
	}
}
