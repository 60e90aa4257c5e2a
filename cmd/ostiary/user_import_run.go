package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/userfile"
)

// parallelImports is how many users are written at once, so that the embedded store
// syncs its file once for many of them.
const parallelImports = 64

// What is remembered of a run, however long the file is.
const (
	maxShownFailures = 100
	maxLeftNames     = 1000
)

// imports is a run, and counts what has become of the entries.
type imports struct {
	users      *identity.Users
	onConflict identity.OnConflict
	bar        bool // draw one
	report     io.WriteCloser
	checkpoint *checkpoint  // nil: none
	whole      int64        // bytes of the file; 0: unknown
	read       atomic.Int64 // bytes of it

	mu sync.Mutex
	tally
}

// tally is what a run comes to.
type tally struct {
	DryRun   bool           `json:"dry_run,omitempty"`
	Imported int            `json:"imported"`
	Updated  int            `json:"updated"`
	Skipped  int            `json:"skipped"`
	Refused  int            `json:"refused"`
	Failed   []fate         `json:"failed"` // the first of the refused
	Left     map[string]int `json:"not_imported,omitempty"`
}

// fate is what has become of one user, who was not imported as a whole.
type fate struct {
	Place    string   `json:"place"`
	Username string   `json:"username,omitempty"`
	Outcome  string   `json:"outcome"`
	Reason   string   `json:"reason,omitempty"`
	Left     []string `json:"not_imported,omitempty"`
}

// run imports the entries, several at once.
func (i *imports) run(ctx context.Context, entries iter.Seq2[userfile.Entry, error]) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelImports)
	var failure error
	for e, err := range entries {
		if failure = errors.Join(err, context.Cause(ctx)); failure != nil {
			break
		}
		if i.checkpoint.passed(e.Number) {
			continue
		}
		if failure = i.checkpoint.begin(e.Number); failure != nil {
			break
		}
		group.Go(func() error {
			outcome, err := i.one(ctx, e)
			if ctx.Err() != nil {
				return nil // nothing is known of this one; the next run looks again
			}
			return i.count(e, outcome, err)
		})
	}
	return errors.Join(failure, group.Wait())
}

func (i *imports) one(ctx context.Context, e userfile.Entry) (identity.Outcome, error) {
	on := i.onConflict
	if on == identity.RefuseStanding && i.checkpoint.begun(e.Number) {
		on = identity.SkipStanding // whom the run before may have added
	}
	switch {
	case e.Err != nil:
		return "", e.Err
	case i.DryRun:
		return i.users.CheckImport(ctx, e.User, on)
	}
	return i.users.Import(ctx, e.User, on)
}

func (i *imports) count(e userfile.Entry, outcome identity.Outcome, err error) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	what := fate{Place: e.Place, Username: e.User.Username, Outcome: string(outcome), Left: e.Left}
	switch {
	case err != nil:
		what.Outcome, what.Reason, what.Left = "refused", explained(err).Error(), nil
		i.Refused++
		if len(i.Failed) < maxShownFailures {
			i.Failed = append(i.Failed, what)
		}
	case outcome == identity.Imported:
		i.Imported++
	case outcome == identity.Updated:
		i.Updated++
	case outcome == identity.Skipped:
		i.Skipped++
		what.Reason = "is there already"
	}
	i.leave(what.Left)
	if what.Reason != "" || len(what.Left) > 0 {
		line, err := json.Marshal(what)
		if err == nil {
			_, err = i.report.Write(append(line, '\n'))
		}
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	return i.checkpoint.done(e.Number)
}

// leave counts attributes that were not imported. A name that comes once a user would
// fill the memory.
func (i *imports) leave(names []string) {
	for _, name := range names {
		if i.Left == nil {
			i.Left = map[string]int{}
		}
		if _, known := i.Left[name]; known || len(i.Left) < maxLeftNames {
			i.Left[name]++
		}
	}
}

func (i *imports) leftNames() []string { return slices.Sorted(maps.Keys(i.Left)) }

func (t *tally) total() string {
	verb := ""
	if t.DryRun {
		verb = "would be "
	}
	return fmt.Sprintf("%d users %simported, %d updated, %d skipped, %d refused", t.Imported, verb, t.Updated, t.Skipped, t.Refused)
}

// String tells how far it has come.
func (i *imports) String() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.whole == 0 {
		return i.total()
	}
	return share(i.read.Load(), i.whole, i.bar) + i.total()
}

// counted counts the bytes that are read.
func (i *imports) counted(r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		n, err := r.Read(p)
		i.read.Add(int64(n))
		return n, err
	})
}

type readerFunc func([]byte) (int, error)

// Read makes it an io.Reader.
func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
