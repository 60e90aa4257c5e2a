// Package eventbridge answers "who else hears of it?": it publishes audit events, as
// the stream of their table brings them, to a bus of EventBridge. What the bus does not
// take stays in the stream and comes again, so an event may come twice and is never
// lost: its id tells.
package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/ostiary-auth/ostiary/pkg/audit"
)

// Source is the source of every event, by which rules know ours. The detail type is the
// event's kind.
const Source = "ostiary.audit"

// maxEntries is how many events PutEvents takes at once. They may have 256 kB together,
// and an event of ours has less than 8.
const maxEntries = 10

// Stream is what Lambda hands over of the table's stream.
type Stream struct {
	Records []Record `json:"Records"`
}

// Record is one change of the table.
type Record struct {
	EventID string `json:"eventID"`
	Change  struct {
		SequenceNumber string           `json:"SequenceNumber"`
		NewImage       map[string]value `json:"NewImage"`
	} `json:"dynamodb"`
}

// value is an attribute of an item; events are text.
type value struct {
	S string `json:"S"`
}

// valueAttribute holds a record's value: see package store/dynamo.
const valueAttribute = "d"

// Answer tells Lambda from which record on to try again.
type Answer struct {
	Failures []Failure `json:"batchItemFailures"`
}

// Failure is the first record that was not published.
type Failure struct {
	Record string `json:"itemIdentifier"`
}

// Publisher publishes to one bus.
type Publisher struct {
	client      *eventbridge.Client
	bus, issuer string
	log         *slog.Logger
}

// Open returns what publishes to the bus, as events of the issuer.
func Open(cfg aws.Config, bus, issuer string, log *slog.Logger) *Publisher {
	return &Publisher{eventbridge.NewFromConfig(cfg), bus, issuer, log}
}

// Publish publishes the events of the records, and says which was the first that the bus
// did not take. What is no event is passed over, with a line in the log: it would hold up
// all that come after it for a day, and it is in the table.
func (p *Publisher) Publish(ctx context.Context, s Stream) (Answer, error) {
	var entries []types.PutEventsRequestEntry
	var records []Record
	for n, record := range s.Records {
		entry, err := p.entry(record)
		if err != nil {
			p.log.ErrorContext(ctx, "a record of the audit table is no event", "record", record.EventID, "err", err)
		} else {
			entries, records = append(entries, entry), append(records, record)
		}
		if len(entries) < maxEntries && n < len(s.Records)-1 || len(entries) == 0 {
			continue
		}
		if failed, err := p.put(ctx, entries); err != nil {
			p.log.ErrorContext(ctx, "audit events not published, and tried again", "metric", "AuditUnpublished", "err", err)
			return Answer{[]Failure{{records[failed].Change.SequenceNumber}}}, nil
		}
		entries, records = nil, nil
	}
	return Answer{[]Failure{}}, nil
}

func (p *Publisher) entry(r Record) (types.PutEventsRequestEntry, error) {
	detail := r.Change.NewImage[valueAttribute].S
	var e audit.Event
	if err := json.Unmarshal([]byte(detail), &e); err != nil {
		return types.PutEventsRequestEntry{}, err
	}
	if e.ID == "" || e.Kind == "" {
		return types.PutEventsRequestEntry{}, errors.New("it has no id or kind")
	}
	entry := types.PutEventsRequestEntry{
		EventBusName: &p.bus, Source: aws.String(Source), DetailType: aws.String(string(e.Kind)), Detail: &detail, Time: aws.Time(e.Time),
	}
	if p.issuer != "" {
		entry.Resources = []string{p.issuer}
	}
	return entry, nil
}

// putTime is for one call with its retries.
const putTime = 10 * time.Second

// put returns the first entry that was not taken, and why.
func (p *Publisher) put(ctx context.Context, entries []types.PutEventsRequestEntry) (failed int, err error) {
	ctx, cancel := context.WithTimeout(ctx, putTime)
	defer cancel()
	output, err := p.client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
	if err != nil {
		return 0, fmt.Errorf("put events: %w", err)
	}
	for n, result := range output.Entries {
		if result.ErrorCode != nil {
			return n, fmt.Errorf("put events: %s", *result.ErrorCode)
		}
	}
	return 0, nil
}
