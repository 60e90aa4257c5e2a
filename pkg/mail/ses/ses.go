// Package ses answers "will Amazon's Simple Email Service take this letter?". It is the
// one place that knows SES, and only what drains the outbox links it.
package ses

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	"github.com/ostiary-auth/ostiary/pkg/mail"
)

// sendTimeout is for one call with its retries: shorter than an outbox message is
// leased.
const sendTimeout = 10 * time.Second

// Open returns what sends by SES of the account and region. The message goes as it is
// encoded, so that its headers are the same as by SMTP.
func Open(cfg aws.Config, from mail.Sender) mail.Send {
	client := sesv2.NewFromConfig(cfg)
	return func(ctx context.Context, m mail.Message) error {
		content, err := m.Encode(from, time.Now())
		if err != nil {
			return fmt.Errorf("%w: %w", mail.ErrRefused, err)
		}
		ctx, cancel := context.WithTimeout(ctx, sendTimeout)
		defer cancel()
		_, err = client.SendEmail(ctx, &sesv2.SendEmailInput{
			FromEmailAddress: aws.String(from.Address.String()),
			Destination:      &types.Destination{ToAddresses: []string{m.To.String()}},
			Content:          &types.EmailContent{Raw: &types.RawMessage{Data: content}},
		})
		return judged(err)
	}
}

// judged says which failures are for good. Throttling, a paused account, a sandbox and a
// sender that is not verified yet pass, or are mended while the message waits. Of what
// the service answers its code alone is kept: its words name the recipient.
func judged(err error) error {
	var answer smithy.APIError
	var bad *types.BadRequestException
	switch {
	case errors.As(err, &bad):
		return fmt.Errorf("ses: %s: %w", bad.ErrorCode(), mail.ErrRefused)
	case errors.As(err, &answer):
		return fmt.Errorf("ses: %s", answer.ErrorCode())
	case err != nil:
		return fmt.Errorf("ses: %w", err)
	default:
		return nil
	}
}
