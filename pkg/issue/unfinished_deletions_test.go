package issue_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/store"
	"github.com/ostiary-auth/ostiary/test/ring"
)

// stuck is a table in which nothing can be deleted of those whose sub begins with "stuck".
type stuck struct {
	store.Table
	tried *atomic.Int32
}

func (s stuck) Write(ctx context.Context, changes ...store.Change) error {
	for _, c := range changes {
		if c.Op == store.OpDelete && strings.HasPrefix(c.Key.Partition, "user#stuck") {
			s.tried.Add(1)
			return store.ErrUnavailable
		}
	}
	return s.Table.Write(ctx, changes...)
}

// unfinished is a site where the deletion of these people broke off long ago.
func unfinished(t *testing.T, names ...string) (*site, *atomic.Int32) {
	t.Helper()
	folder, tried := ring.Copy(t), new(atomic.Int32)
	folder.Users = stuck{folder.Users, tried}
	s := build(t, folder)
	s.leave(names...)
	return s, tried
}

// leave has the deletion of these people break off, an hour ago.
func (s *site) leave(names ...string) {
	s.t.Helper()
	for _, name := range names {
		_, err := s.people.Add(s.t.Context(), identity.NewUser{ID: name, Username: name})
		must(s.t, err)
		must(s.t, s.people.BeginDeletion(s.t.Context(), name, ""))
	}
	time.Sleep(time.Hour)
}

func TestADeletionThatCannotBeFinishedKeepsNoOtherFromIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := unfinished(t, "jo", "stuck", "zoe")
		finished, err := s.issuer.FinishDeletions(t.Context(), 0)
		slices.Sort(finished)
		if !slices.Equal(finished, []string{"jo", "zoe"}) || !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("finished %v, %v", finished, err)
		}
		if left, err := s.issuer.UnfinishedDeletions(t.Context()); err != nil || !slices.Equal(left, []string{"stuck"}) {
			t.Errorf("left %v, %v", left, err)
		}
	})
}

func TestFinishingDeletionsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := unfinished(t, "a", "b", "c")
		if finished, err := s.issuer.FinishDeletions(t.Context(), 2); err != nil || len(finished) != 2 {
			t.Errorf("finished %v, %v", finished, err)
		}
	})
}

// brief is a table whose first deletion of a person ends the run.
type brief struct {
	store.Table
	end context.CancelFunc
}

func (b brief) Write(ctx context.Context, changes ...store.Change) error {
	err := b.Table.Write(ctx, changes...)
	for _, c := range changes {
		if c.Op == store.OpDelete && c.Key.Partition == "leaving" {
			b.end()
		}
	}
	return err
}

func TestARunThatIsOverLeavesTheRestToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		folder := ring.Copy(t)
		folder.Users = brief{folder.Users, end}
		s := build(t, folder)
		s.leave("a", "b", "c")
		for _, want := range []int{1, 0} {
			if finished, err := s.issuer.FinishDeletions(ctx, 0); err != nil || len(finished) != want {
				t.Errorf("finished %v, %v", finished, err)
			}
		}
	})
}

func TestAnOutageIsNotTriedPersonByPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, tried := unfinished(t, "stuck1", "stuck2", "stuck3", "stuck4", "stuck5")
		if finished, err := s.issuer.FinishDeletions(t.Context(), 0); err == nil || len(finished) != 0 || tried.Load() != 3 {
			t.Errorf("finished %v, %v, after %d", finished, err, tried.Load())
		}
	})
}
