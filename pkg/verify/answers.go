package verify

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/kept"
)

// maxAnswers bounds how many answers are remembered, whatever strangers send: at
// some kilobytes each a few megabytes.
const maxAnswers = 1024

// maxAsking bounds how many questions are open at once, so that a flood of tokens
// that nobody knows reaches the issuer no faster than it answers.
const maxAsking = 8

// answers remembers what an issuer said about a token, good or bad, for a while. Of
// many who ask the same at once one asks the issuer.
type answers[T any] struct {
	now    func() time.Time
	asking chan struct{}

	mu sync.Mutex // guards the rest
	of map[answerKey]*answer[T]
}

// answerKey is a digest, so that the memory of a process holds no list of tokens.
type answerKey = [sha256.Size]byte

// answer is open until done is closed, and does not change after.
type answer[T any] struct {
	done  chan struct{}
	value T
	err   error
	until time.Time
}

func newAnswers[T any]() *answers[T] {
	return &answers[T]{
		now: kept.Now, asking: make(chan struct{}, maxAsking), of: map[answerKey]*answer[T]{},
	}
}

var (
	errBusy       = errors.New("too many questions are open")
	errUnanswered = errors.New("the question was given up")
)

// get returns what is remembered, or asks. The answer says until when it is
// believed.
func (a *answers[T]) get(ctx context.Context, key answerKey, ask func(context.Context) (T, time.Time, error)) (T, error) {
	found, mine := a.find(key)
	if mine {
		a.fill(ctx, found, ask)
	}
	select {
	case <-found.done:
		return found.value, found.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// find returns the answer to a question, and whether the caller must fill it.
func (a *answers[T]) find(key answerKey) (found *answer[T], mine bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if found = a.of[key]; found != nil && !a.over(found) {
		return found, false
	}
	if found == nil && len(a.of) >= maxAnswers {
		a.forget()
	}
	found = &answer[T]{done: make(chan struct{})}
	a.of[key] = found
	return found, true
}

// over reports whether an answer is no longer believed. One that is still open is
// not over.
func (a *answers[T]) over(one *answer[T]) bool {
	select {
	case <-one.done:
		return !a.now().Before(one.until)
	default:
		return false
	}
}

// forget makes room: for what is over, else for any, which costs asking again.
func (a *answers[T]) forget() {
	for key, one := range a.of {
		if a.over(one) {
			delete(a.of, key)
		}
	}
	for key := range a.of {
		if len(a.of) < maxAnswers {
			return
		}
		delete(a.of, key)
	}
}

// fill asks. A caller who hangs up does not take the answer from those who wait
// with them.
func (a *answers[T]) fill(ctx context.Context, open *answer[T], ask func(context.Context) (T, time.Time, error)) {
	defer close(open.done)
	open.err = errUnanswered // should ask panic, nobody may take nothing for an answer
	ctx, cancel := kept.Uncancelled(ctx, askTimeout)
	defer cancel()
	select {
	case a.asking <- struct{}{}:
		defer func() { <-a.asking }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil { // the turn may have come too late
		open.err = errBusy
		return
	}
	open.value, open.until, open.err = ask(ctx)
}
