package verify

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A flood reaches the issuer by a few questions at a time; the others wait as long
// as one question may take, and no longer.
func TestJ38FewQuestionsAreOpenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnswers[int]()
		var open, most, busy atomic.Int32
		ask := func(ctx context.Context) (int, time.Time, error) {
			most.Store(max(most.Load(), open.Add(1)))
			<-ctx.Done() // an issuer that does not answer
			open.Add(-1)
			return 0, time.Now().Add(failureTTL), ctx.Err()
		}
		var group sync.WaitGroup
		for i := range 64 {
			group.Go(func() {
				if _, err := a.get(t.Context(), answerKey{byte(i)}, ask); errors.Is(err, errBusy) {
					busy.Add(1)
				} else if err == nil {
					t.Error("an answer that was never given")
				}
			})
		}
		synctest.Wait()
		if got := open.Load(); got != maxAsking {
			t.Errorf("%d questions are open, want %d", got, maxAsking)
		}
		began := time.Now()
		group.Wait()
		if took := time.Since(began); took > askTimeout || most.Load() > maxAsking || busy.Load() == 0 {
			t.Errorf("took %v, %d at once, %d turned away", took, most.Load(), busy.Load())
		}
	})
}

// Who waits for an answer that somebody else was asking for gets none when that
// goes wrong, and the next one asks again.
func TestF24QuestionThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnswers[int]()
		wrong := make(chan bool)
		go func() {
			defer func() { _ = recover() }()
			_, _ = a.get(t.Context(), answerKey{}, func(context.Context) (int, time.Time, error) {
				<-wrong
				panic("wrong")
			})
		}()
		synctest.Wait()
		waited := make(chan error)
		go func() {
			_, err := a.get(t.Context(), answerKey{}, nil)
			waited <- err
		}()
		synctest.Wait()
		close(wrong)
		if err := <-waited; !errors.Is(err, errUnanswered) {
			t.Errorf("got %v", err)
		}
		got, err := a.get(t.Context(), answerKey{}, func(context.Context) (int, time.Time, error) { return 7, time.Now().Add(time.Minute), nil })
		if got != 7 || err != nil {
			t.Errorf("got %d %v", got, err)
		}
	})
}

// Nobody waits longer than they want to.
func TestAnswersForACallerWhoHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnswers[int]()
		asked := make(chan bool)
		go func() {
			_, _ = a.get(t.Context(), answerKey{}, func(context.Context) (int, time.Time, error) {
				<-asked
				return 0, time.Time{}, nil
			})
		}()
		synctest.Wait()
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := a.get(gone, answerKey{}, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		close(asked)
	})
}

// However many strangers ask, so much is remembered; what is over goes first.
func TestJ38AnswersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAnswers[int]()
		add := func(n int, lasts time.Duration) {
			_, err := a.get(t.Context(), answerKey{byte(n), byte(n >> 8)}, func(context.Context) (int, time.Time, error) {
				return n, time.Now().Add(lasts), nil
			})
			if err != nil {
				t.Error(err)
			}
		}
		for n := range maxAnswers / 2 {
			add(n, time.Minute)
			add(maxAnswers/2+n, time.Hour)
		}
		time.Sleep(time.Minute)
		if add(maxAnswers, time.Hour); len(a.of) != maxAnswers/2+1 {
			t.Errorf("%d are remembered, want those that are good and one more", len(a.of))
		}
		for n := range maxAnswers {
			if add(maxAnswers+1+n, time.Hour); len(a.of) > maxAnswers {
				t.Fatalf("%d are remembered", len(a.of))
			}
		}
		if len(a.of) != maxAnswers {
			t.Errorf("%d are remembered, more were forgotten than had to be", len(a.of))
		}
	})
}
