package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// ErrFinal in a deliverer's error says that trying again is of no use.
var ErrFinal = errors.New("outbox: refused for good")

const (
	// lease is for how long one drainer has a message for itself. It is much longer
	// than a delivery takes, and short enough that a message of a drainer that died
	// is not late by much.
	lease = time.Minute

	firstPause = time.Second
	longPause  = time.Hour

	atOnce   = 16  // deliveries, so that one who is slow holds up nobody else
	pageSize = 100 // messages of a shard that are looked at together
)

// Report is what became of the messages that were due.
type Report struct {
	Delivered int `json:"delivered"`
	Failed    int `json:"failed"` // to be tried again
	Dead      int `json:"dead"`   // given up
}

// Drain delivers what is due. A deliverer's error has its message tried again, later
// each time, until a day has passed; ErrFinal among its causes gives up at once. Any
// number of drainers may work at the same time, and may stop at any point: when ctx
// ends, what was not begun is left to the next.
//
// The error is about the outbox alone: that a message could not be delivered is in
// the report.
func (o *Outbox) Drain(ctx context.Context, deliver func(context.Context, Message) error) (Report, error) {
	d := &drain{Outbox: o, deliver: deliver}
	d.group.SetLimit(atOnce)
	var listing []error
	for shard := range numShards {
		if err := d.shard(ctx, partition(shard)); err != nil {
			listing = append(listing, fmt.Errorf("list outbox: %w", err))
		}
	}
	_ = d.group.Wait() // errors are gathered one by one
	return d.report, errors.Join(append(listing, d.errs...)...)
}

// drain is one pass over what is due.
type drain struct {
	*Outbox
	deliver func(context.Context, Message) error
	group   errgroup.Group

	mu     sync.Mutex
	report Report
	errs   []error
}

// shard delivers what is due in one shard.
func (d *drain) shard(ctx context.Context, partition string) error {
	for page := (store.Page{Limit: pageSize}); ; {
		records, next, err := d.state.List(ctx, partition, duePrefix, page)
		if err != nil {
			return err
		}
		for _, record := range records {
			if record.Key.Sort > dueSort(d.now())+"$" { // sorts after every ID that is due now
				return nil
			}
			if ctx.Err() != nil {
				return nil
			}
			d.group.Go(func() error {
				d.count(d.take(ctx, record))
				return nil
			})
		}
		if next == (store.Page{}) {
			return nil
		}
		next.Limit = pageSize
		page = next
	}
}

// outcome is what one pass made of one message.
type outcome int

const (
	left outcome = iota // to another drainer
	delivered
	failed
	dead
)

func (d *drain) count(o outcome, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch o {
	case delivered:
		d.report.Delivered++
	case failed:
		d.report.Failed++
	case dead:
		d.report.Dead++
	case left:
	}
	if err != nil {
		d.errs = append(d.errs, err)
	}
}

// take claims a message and delivers it.
func (d *drain) take(ctx context.Context, record store.Record) (outcome, error) {
	m, err := store.Decode[Message](record)
	if err != nil {
		return left, err
	}
	now := d.now().UTC()
	if now.Before(m.Leased) {
		return left, nil
	}
	m.Attempts++
	m.Leased = now.Add(lease)
	claim := store.Put(record.Key, m).Until(record.Expires).IfVersion(record.Version)
	if err := d.state.Write(ctx, claim); err != nil {
		return left, unlessOutrun(err)
	}
	refused := d.deliver(ctx, m)
	// Whatever became of it must be written down, also when the time is up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if refused == nil {
		return delivered, d.state.Write(ctx, store.Delete(record.Key))
	}
	return d.putBack(ctx, record.Key, m, refused)
}

const settleTimeout = 2 * time.Second

// putBack lets a message be tried again later, or buries it. It does so only while
// the claim is still ours: two of its copies would each be put back, and theirs in
// turn.
func (d *drain) putBack(ctx context.Context, key store.Key, m Message, refused error) (outcome, error) {
	standing, version, err := store.Load[Message](ctx, d.state, key)
	if errors.Is(err, store.ErrNotFound) || err == nil && standing.Attempts != m.Attempts {
		return left, nil
	}
	if err != nil {
		return left, err
	}
	now := d.now().UTC()
	m.Failure, m.Leased = refused.Error(), time.Time{}
	due := now.Add(pause(m.Attempts))
	result, next := failed, m.putAt(due)
	if errors.Is(refused, ErrFinal) || due.After(m.Created.Add(Lifetime)) {
		result, next = dead, store.Put(m.deadKey(), m).Until(now.Add(deadLifetime))
	}
	err = d.state.Write(ctx, store.Delete(key).IfVersion(version), next)
	if err != nil {
		return left, unlessOutrun(err)
	}
	return result, nil
}

// pause is how long to wait after so many attempts: twice as long each time.
func pause(attempts int) time.Duration {
	wait := firstPause
	for range attempts - 1 {
		if wait *= 2; wait >= longPause {
			return longPause
		}
	}
	return wait
}

// unlessOutrun drops the error of a write that another drainer was faster than.
func unlessOutrun(err error) error {
	var conflict *store.Conflict
	if errors.As(err, &conflict) {
		return nil
	}
	return err
}
