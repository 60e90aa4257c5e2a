package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/pkg/userfile"
)

// parallelImports is how many users are written at once, so that the embedded store
// syncs its file once for many of them.
const parallelImports = 64

// imports is a run, and counts what has become of the entries, in their order.
type imports struct {
	users      *identity.Users
	groups     *importGroups
	roles      []string // --role: everybody of the file has them
	onConflict identity.OnConflict
	report     report
	checkpoint *checkpoint // nil: none
	turns      turns
	seen       seen         // whom a dry run would have added, or a run before this one did
	whole      int64        // bytes of the file; 0: unknown
	read       atomic.Int64 // bytes of it

	mu     sync.Mutex
	waits  map[int]fate // of entries before which one is not through
	counts int          // entries that are counted
	tally
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
		done := i.turns.take(ctx, namesOf(e))
		group.Go(func() error {
			defer done()
			what, err := i.one(ctx, e)
			if err != nil || ctx.Err() != nil {
				return err // nothing is known of this one; the next run looks again
			}
			return i.count(e.Number, what)
		})
	}
	return errors.Join(failure, group.Wait())
}

// one imports one entry. An error is of the run, and not of the user.
func (i *imports) one(ctx context.Context, e userfile.Entry) (fate, error) {
	what := fate{Place: e.Place, Username: e.User.Username, attributes: e.Lacking}
	outcome, err := identity.Outcome(""), e.Err
	if err == nil {
		err = i.groups.join(ctx, &e, &what)
	}
	if err == nil {
		for _, role := range i.roles {
			if !slices.Contains(e.User.Roles, role) {
				e.User.Roles = append(e.User.Roles, role)
			}
		}
		outcome, err = i.decide(ctx, e)
	}
	what.Outcome, what.Left = string(outcome), e.Left
	if errors.Is(err, store.ErrUnavailable) { // which says nothing of the user
		return what, err
	}
	if err != nil {
		what.Outcome, what.Reason = "refused", strings.ReplaceAll(explained(err).Error(), "\n", "; ")
	}
	return what, nil
}

// decide imports one who can be, or tells what would become of them. Whom the run before
// may have imported is looked at first.
func (i *imports) decide(ctx context.Context, e userfile.Entry) (identity.Outcome, error) {
	if i.DryRun {
		return i.foresee(ctx, e)
	}
	names := namesOf(e)
	if i.onConflict != identity.UpdateStanding { // which would take it for another sub
		e.User.ID = cmp.Or(e.User.ID, i.checkpoint.sub(e.Number))
	}
	again := i.checkpoint.begun(e.Number)
	if again && i.onConflict != identity.UpdateStanding {
		ours, err := i.checkpoint.added(ctx, i.users, e.User)
		if err != nil {
			return "", err
		}
		if ours && !i.seen.add(names) {
			return identity.Imported, nil
		}
	}
	outcome, err := i.users.Import(ctx, e.User, i.onConflict)
	if err == nil && again && outcome == identity.Skipped && i.onConflict == identity.UpdateStanding {
		return i.checkpoint.updated(ctx, i.users, e.User)
	}
	return outcome, err
}

// foresee tells what would become of an entry after those before it.
func (i *imports) foresee(ctx context.Context, e userfile.Entry) (identity.Outcome, error) {
	outcome, err := i.users.CheckImport(ctx, e.User, i.onConflict)
	if err != nil || outcome != identity.Imported || !i.seen.add(namesOf(e)) {
		return outcome, err
	}
	switch i.onConflict {
	case identity.SkipStanding:
		return identity.Skipped, nil
	case identity.UpdateStanding:
		return identity.Updated, nil
	}
	return "", oauth.InvalidRequest.Errorf("the username or the sub is taken: by an entry before it")
}

// count takes note of what has become of an entry, as soon as that is known of all
// before it: so the report has the order of the file, and a checkpoint is exact.
func (i *imports) count(n int, what fate) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.waits == nil {
		i.waits = map[int]fate{}
	}
	i.waits[n] = what
	for next, known := i.waits[i.counts+1]; known; next, known = i.waits[i.counts+1] {
		i.counts++
		delete(i.waits, i.counts)
		if err := i.settle(next); err != nil {
			return err
		}
	}
	return i.checkpoint.reached(i.counts, i.tally, i.report.written)
}

func (i *imports) settle(what fate) error {
	line, err := i.add(what)
	if err == nil {
		_, err = i.report.Write(line)
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// end closes what is written beside an import, and counts what an interruption has left
// for another run to look at again.
func (i *imports) end(whole bool) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	err := errors.Join(i.checkpoint.end(whole, i.counts, i.tally, i.report.written), i.report.Close())
	for _, what := range i.waits {
		_, _ = i.add(what) // only counted
	}
	return err
}

// String tells how far it has come.
func (i *imports) String() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.whole == 0 {
		return i.total()
	}
	return share(i.read.Load(), i.whole) + i.total()
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
