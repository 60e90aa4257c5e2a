package verify_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

var errDown = errors.New("down")

func TestF06WithoutAListNobodyPassesUnlessTheyMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLister()
		l.fails(errDown)
		l.finds(t, l.lists(t), referring(listURI, 1.0), verify.ErrStatusUnavailable, 1)
		l.finds(t, l.lists(t, failOpen), referring(listURI, 1.0), nil, 1)
	})
}

func TestAnOldListServesForAWhileAndThenOnlyToRefuse(t *testing.T) {
	for _, open := range []bool{false, true} {
		t.Run(fmt.Sprint("fail open ", open), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLister(3)
				lists := l.lists(t, func(p *verify.StatusListPolicy) { p.FailOpen = open })
				good, bad := referring(listURI, 4.0), referring(listURI, 3.0)
				l.finds(t, lists, good, nil, 1)
				l.fails(errDown)
				time.Sleep(34 * time.Second)
				l.finds(t, lists, good, nil, 1)
				l.finds(t, lists, bad, errRevoked, 0)
				time.Sleep(10 * time.Second)
				want := verify.ErrStatusUnavailable
				if open {
					want = nil
				}
				l.finds(t, lists, good, want, 1)
				l.finds(t, lists, bad, errRevoked, 0)
				l.fails(nil)
				time.Sleep(10 * time.Second)
				l.finds(t, lists, good, nil, 1)
			})
		})
	}
}

func TestAListIsNotUsedBeyondItsExp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLister()
		l.says(func() string {
			return listClaims(change{"ttl": "60", "exp": fmt.Sprint(time.Now().Unix() + 7), "status_list": listJSON(1, make([]byte, 8))})
		})
		lists := l.lists(t)
		l.finds(t, lists, referring(listURI, 1.0), nil, 1)
		l.fails(errDown)
		time.Sleep(6 * time.Second)
		l.finds(t, lists, referring(listURI, 1.0), nil, 0)
		time.Sleep(time.Second)
		l.finds(t, lists, referring(listURI, 1.0), verify.ErrStatusUnavailable, 1)
		l.fails(nil)
		time.Sleep(10 * time.Second)
		l.finds(t, lists, referring(listURI, 1.0), nil, 1)
		if last := l.etags[len(l.etags)-1]; last != "" {
			t.Errorf("an expired list was offered as %q", last)
		}
	})
}

// However many ask, an issuer that is down is asked after a pause that grows.
func TestF17OneFetchAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLister()
		l.slow = 100 * time.Millisecond
		lists := l.lists(t)
		ask := func() (errs int) {
			var mu sync.Mutex
			var wg sync.WaitGroup
			for n := range 64 {
				wg.Go(func() {
					if err := lists.Check(t.Context(), referring(listURI, float64(n))); err != nil {
						mu.Lock()
						defer mu.Unlock()
						errs++
					}
				})
			}
			wg.Wait()
			return errs
		}
		if errs := ask(); errs != 0 || l.fetches() != 1 {
			t.Errorf("%d of 64 failed, or more than one fetched", errs)
		}
		l.fails(errDown)
		time.Sleep(5 * time.Second)
		for range 60 {
			ask()
			time.Sleep(time.Second)
		}
		if got := l.fetches(); got < 7 || got > 12 {
			t.Errorf("asked %d times in a minute of outage", got)
		}
		l.slow = time.Hour
		time.Sleep(10 * time.Second)
		began := time.Now()
		if err := lists.Check(t.Context(), referring(listURI, 1.0)); !errors.Is(err, verify.ErrStatusUnavailable) || time.Since(began) > fetch.Timeout {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

// What is kept is bounded in number, and a list that is in use stays.
func TestListsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLister(3)
		l.says(func() string { return listClaims(change{"ttl": "3600", "status_list": listJSON(1, make([]byte, 128))}) })
		lists := l.lists(t)
		used := referring(listURI, 1.0)
		l.finds(t, lists, used, nil, 1)
		for n := range 200 {
			time.Sleep(time.Millisecond)
			l.finds(t, lists, referring(fmt.Sprint(issuer, "/status/a", n), 1.0), nil, 1)
			l.finds(t, lists, used, nil, 0)
		}
		l.finds(t, lists, referring(issuer+"/status/a0", 1.0), nil, 1) // made room
		l.finds(t, lists, referring(issuer+"/status/a199", 1.0), nil, 0)
	})
}

func TestListsAreBoundedInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLister()
		l.says(func() string {
			return listClaims(change{"ttl": "3600", "status_list": listJSON(1, make([]byte, 1<<20))})
		})
		lists := l.lists(t)
		for n := range 5 {
			time.Sleep(time.Millisecond)
			l.finds(t, lists, referring(fmt.Sprint(issuer, "/status/a", n), 1.0), nil, 1)
		}
		l.finds(t, lists, referring(issuer+"/status/a0", 1.0), nil, 1)
		l.finds(t, lists, referring(issuer+"/status/a4", 1.0), nil, 0)
	})
}

func TestAgeOfAListIsTheLeastThatIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		ttl, header, policy, want time.Duration
	}{
		"nobody says":           {0, 0, 0, time.Minute},
		"the list":              {10 * time.Second, 0, 0, 10 * time.Second},
		"the server":            {0, 7 * time.Second, 0, 7 * time.Second},
		"the server says less":  {10 * time.Second, 7 * time.Second, 0, 7 * time.Second},
		"the policy":            {10 * time.Second, 0, 3 * time.Second, 3 * time.Second},
		"no less than a second": {10 * time.Second, 0, time.Millisecond, time.Second},
		"an hour":               {48 * time.Hour, 0, 0, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLister()
				l.maxAge = c.header
				ttl := absent
				if c.ttl > 0 {
					ttl = fmt.Sprint(c.ttl.Seconds())
				}
				l.says(func() string {
					return listClaims(change{"ttl": ttl, "exp": absent, "status_list": listJSON(1, make([]byte, 8))})
				})
				lists := l.lists(t, func(p *verify.StatusListPolicy) { p.MaxAge = c.policy })
				l.finds(t, lists, referring(listURI, 1.0), nil, 1)
				time.Sleep(c.want - time.Millisecond)
				l.finds(t, lists, referring(listURI, 1.0), nil, 0)
				time.Sleep(time.Millisecond)
				l.finds(t, lists, referring(listURI, 1.0), nil, 1)
			})
		})
	}
}

func TestStatusListPoliciesThatCannotBeKept(t *testing.T) {
	good := verify.StatusListPolicy{Issuer: issuer, Keys: verify.StaticKeys(jose.Set{}), Fetch: newLister().fetch}
	for name, change := range map[string]func(*verify.StatusListPolicy){
		"no issuer":           func(p *verify.StatusListPolicy) { p.Issuer = "" },
		"no keys":             func(p *verify.StatusListPolicy) { p.Keys = nil },
		"no way to fetch":     func(p *verify.StatusListPolicy) { p.Fetch = nil },
		"issuer is no URL":    func(p *verify.StatusListPolicy) { p.Issuer = "legacy" },
		"prefix is no URL":    func(p *verify.StatusListPolicy) { p.Prefix = "/status/" },
		"prefix within words": func(p *verify.StatusListPolicy) { p.Prefix = issuer },
		"prefix with a query": func(p *verify.StatusListPolicy) { p.Prefix = issuer + "/?a=/" },
		"prefix with a user":  func(p *verify.StatusListPolicy) { p.Prefix = "https://a@id.example.com/" },
		"negative age":        func(p *verify.StatusListPolicy) { p.MaxStale = -1 },
	} {
		p := good
		change(&p)
		if _, err := verify.NewStatusLists(p); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := verify.NewStatusLists(good); err != nil {
		t.Error(err)
	}
}
