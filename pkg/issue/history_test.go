package issue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/ostiary-auth/ostiary/pkg/identity"
	"github.com/ostiary-auth/ostiary/pkg/issue"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/store"
)

// A story is what a code and its grant have been through, as the specifications
// tell it: no store, no versions, one thing after the other.
type story struct {
	redeemed bool
	alive    bool // the grant
	over     bool // its person has signed out everywhere
	current  int  // refresh token
}

type deed struct {
	what       string // redeem, refresh, use, revoke or sign out
	generation int    // of the refresh token presented
}

type outcome struct {
	kind       string // ok, refused, or unknown when a fault hid it
	generation int    // of the refresh token given
}

// after returns what a deed may have led to. An unknown outcome is any of them, or
// that nothing was done.
func (s story) after(d deed, o outcome) []story {
	if o.kind != "unknown" {
		if next, ok := s.follows(d, o); ok {
			return []story{next}
		}
		return nil
	}
	all := []story{s}
	for _, kind := range []string{"ok", "refused"} {
		for _, generation := range []int{0, s.current, s.current + 1} {
			if next, ok := s.follows(d, outcome{kind, generation}); ok {
				all = append(all, next)
			}
		}
	}
	return all
}

// follows says what an outcome means, and whether it may be.
func (s story) follows(d deed, o outcome) (story, bool) {
	next := s
	lives, ok := s.alive && !s.over, o.kind == "ok"
	switch d.what {
	case "redeem":
		switch {
		case !s.redeemed && !s.over:
			next.redeemed, next.alive, next.current = true, true, 1
			return next, ok && o.generation == 1
		case s.redeemed: // a replay, which ends the grant
			next.alive = false
		}
		return next, !ok
	case "refresh":
		switch {
		case lives && d.generation == s.current:
			next.current++
			return next, ok && o.generation == next.current
		case lives && d.generation == s.current-1: // within the grace time
			return next, ok && o.generation == s.current
		case lives: // stolen, which ends the grant
			next.alive = false
		}
		return next, !ok
	case "use":
		return next, ok == lives
	case "revoke":
		next.alive = false
		return next, ok
	default:
		next.over = true
		return next, ok
	}
}

var stories = porcupine.NondeterministicModel{
	Init: func() []any { return []any{story{}} },
	Step: func(state, input, output any) (next []any) {
		for _, s := range state.(story).after(input.(deed), output.(outcome)) {
			next = append(next, s)
		}
		return next
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%v -> %v", input, output) },
}

// flaky is a table that fails now and then, before the work is done or after.
type flaky struct {
	store.Table
	armed atomic.Bool
	mu    sync.Mutex
	dice  *rand.Rand
}

func (f *flaky) fails() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.armed.Load() && f.dice.IntN(10) == 0
}

// Get implements store.Table.
func (f *flaky) Get(ctx context.Context, key store.Key) (store.Record, error) {
	if f.fails() {
		return store.Record{}, store.ErrUnavailable
	}
	return f.Table.Get(ctx, key)
}

// Write implements store.Table.
func (f *flaky) Write(ctx context.Context, changes ...store.Change) error {
	if f.fails() {
		return store.ErrUnavailable
	}
	err := f.Table.Write(ctx, changes...)
	if err == nil && f.fails() {
		return store.ErrUnavailable
	}
	return err
}

// hands are the tokens that went out, which anybody in the story may have.
type hands struct {
	mu      sync.Mutex
	access  []string
	refresh []string
}

func (h *hands) take(t issue.TokenResponse) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.access, h.refresh = append(h.access, t.AccessToken), append(h.refresh, t.RefreshToken)
}

func (h *hands) any(dice *rand.Rand) (access, refresh string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.access) == 0 {
		return "", ""
	}
	return h.access[dice.IntN(len(h.access))], h.refresh[dice.IntN(len(h.refresh))]
}

func generation(refreshToken string) int {
	n, _ := strconv.Atoi(strings.Split(refreshToken+"..", ".")[1])
	return n
}

// TestO08HistoriesTellOneStory lets many hands use one code and its tokens at once,
// while the store fails now and then, and asks whether what each of them saw can
// have happened one after the other.
func TestO08HistoriesTellOneStory(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	table := &flaky{dice: rand.New(rand.NewPCG(seed, 0))}
	s := open(t, func(state store.Table) store.Table { table.Table = state; return table })
	for round := range uint64(25) {
		history := s.history(t, table, rand.New(rand.NewPCG(seed, round+1)), round)
		model := stories.ToModel()
		if result, _ := porcupine.CheckOperationsVerbose(model, history, time.Minute); result != porcupine.Ok {
			for _, op := range history {
				t.Logf("%d %d-%d %s", op.ClientId, op.Call, op.Return, model.DescribeOperation(op.Input, op.Output))
			}
			t.Fatalf("round %d: %s", round, result)
		}
	}
}

// history lets five hands do six things each with one code.
func (s *site) history(t *testing.T, table *flaky, dice *rand.Rand, round uint64) []porcupine.Operation {
	table.armed.Store(false)
	person := s.addPerson("person" + strconv.FormatUint(round, 10))
	code := s.authorize(s.signIn(person), spaID, "scope=openid offline_access")
	table.armed.Store(true)
	held := &hands{}
	var clock atomic.Int64
	var mu sync.Mutex
	var history []porcupine.Operation
	var wg sync.WaitGroup
	for hand := range 5 {
		dice := rand.New(rand.NewPCG(dice.Uint64(), 0))
		wg.Go(func() {
			for range 6 {
				access, refresh := held.any(dice)
				d := deed{what: choose(dice, access != ""), generation: generation(refresh)}
				call := clock.Add(1)
				tokens, err := s.do(d.what, person.ID, code, access, refresh)
				o := outcome{kind: "ok", generation: generation(tokens.RefreshToken)}
				switch {
				case issue.Expect(err).Code.Ours() && err != nil:
					o.kind = "unknown"
				case err != nil:
					o.kind = "refused"
				case tokens.AccessToken != "":
					held.take(tokens)
				}
				op := porcupine.Operation{ClientId: hand, Input: d, Call: call, Output: o, Return: clock.Add(1)}
				mu.Lock()
				history = append(history, op)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return history
}

// choose makes what ends a story rare, and does nothing with tokens that nobody has.
func choose(dice *rand.Rand, tokens bool) string {
	n := dice.IntN(40)
	switch {
	case n == 0:
		return "sign out"
	case !tokens || n < 4:
		return "redeem"
	case n == 4:
		return "revoke"
	case n < 20:
		return "use"
	default:
		return "refresh"
	}
}

func (s *site) do(what, person, code, access, refresh string) (tokens issue.TokenResponse, err error) {
	switch what {
	case "redeem":
		return s.redeem(spaID, code)
	case "refresh":
		return s.refresh(spaID, refresh)
	case "use":
		_, err = s.userinfo(access)
	case "revoke":
		err = s.issuer.Revoke(s.t.Context(), oauth.Client{ID: spaID}, refresh)
	default:
		err = s.people.SignOutEverywhere(s.t.Context(), person)
	}
	return tokens, err
}

func (s *site) addPerson(name string) identity.User {
	s.t.Helper()
	person, err := s.people.Add(s.t.Context(), identity.NewUser{Username: name})
	must(s.t, err)
	return person
}
