package verify_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ostiary-auth/ostiary/pkg/fetch"
	"github.com/ostiary-auth/ostiary/pkg/jose"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
	"github.com/ostiary-auth/ostiary/pkg/verify"
)

const listURI = issuer + "/status/7"

// lister is an issuer that serves status lists, in the bubble's own time.
type lister struct {
	signer josetest.Signer

	mu      sync.Mutex
	fail    error
	payload func() string
	typ     string
	hits    int
	etags   []string
	asked   []string
	maxAge  time.Duration
	slow    time.Duration
}

func newLister(revoked ...int) *lister {
	l := &lister{signer: josetest.New(oauth.ES256), typ: oauth.TypStatusList}
	l.revoke(revoked...)
	return l
}

// revoke serves a list of 1024 tokens in which these are revoked.
func (l *lister) revoke(indexes ...int) {
	statuses := make([]byte, 128)
	for _, index := range indexes {
		statuses[index/8] |= 1 << (index % 8)
	}
	l.says(func() string { return listClaims(change{"status_list": listJSON(1, statuses)}) })
}

func (l *lister) says(payload func() string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.payload = payload
}

func (l *lister) fails(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail = err
}

// fetches returns how often the issuer was asked since the last time.
func (l *lister) fetches() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	hits := l.hits
	l.hits = 0
	return hits
}

func (l *lister) fetch(ctx context.Context, uri, etag string) (fetch.Response, error) {
	l.mu.Lock()
	l.hits++
	l.asked, l.etags = append(l.asked, uri), append(l.etags, etag)
	fail, payload, slow := l.fail, l.payload(), l.slow
	l.mu.Unlock()
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-ctx.Done():
			return fetch.Response{}, ctx.Err()
		}
	}
	if fail != nil {
		return fetch.Response{}, fail
	}
	var said map[string]any
	_ = json.Unmarshal([]byte(payload), &said)
	current := fmt.Sprint(said["status_list"])
	if etag == current {
		return fetch.Response{NotModified: true, ETag: etag, MaxAge: l.maxAge}, nil
	}
	payload = strings.ReplaceAll(payload, "URI", uri)
	return fetch.Response{Body: []byte(l.signer.Token(l.typ, "k1", payload)), ETag: current, MaxAge: l.maxAge}, nil
}

func listClaims(changes change) string {
	now := time.Now().Unix()
	members := map[string]any{"iss": issuer, "sub": "URI", "iat": now, "exp": now + 300, "ttl": 5}
	for name, value := range changes {
		if members[name] = json.RawMessage(value); value == absent {
			delete(members, name)
		}
	}
	payload, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return string(payload)
}

func listJSON(bits int, statuses []byte) string {
	return fmt.Sprintf(`{"bits":%d,"lst":%q}`, bits, deflated(statuses))
}

func deflated(data []byte) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return base64.RawURLEncoding.EncodeToString(b.Bytes())
}

// lists opens the lister's lists under a policy, changed.
func (l *lister) lists(t testing.TB, changes ...func(*verify.StatusListPolicy)) *verify.StatusLists {
	t.Helper()
	set, err := jose.NewSet(l.signer.Key("k1"))
	if err != nil {
		t.Fatal(err)
	}
	p := verify.StatusListPolicy{Issuer: issuer, Keys: verify.StaticKeys(set), Fetch: l.fetch}
	for _, change := range changes {
		change(&p)
	}
	lists, err := verify.NewStatusLists(p)
	if err != nil {
		t.Fatal(err)
	}
	return lists
}

func failOpen(p *verify.StatusListPolicy) { p.FailOpen = true }

// referring is a verified token with this status.
func referring(uri string, index any) oauth.AccessToken {
	return oauth.AccessToken{Issuer: issuer, Claims: map[string]any{
		"status": map[string]any{"status_list": map[string]any{"uri": uri, "idx": index}},
	}}
}

// finds wants an outcome, and this many fetches.
func (l *lister) finds(t *testing.T, lists *verify.StatusLists, token oauth.AccessToken, want error, fetches int) {
	t.Helper()
	err := lists.Check(t.Context(), token)
	switch {
	case want == errRevoked:
		refused(t, "the token", err)
	case !errors.Is(err, want) || want != nil && oauth.InvalidToken.In(err):
		t.Errorf("got %v, want %v", err, want)
	}
	if got := l.fetches(); got != fetches {
		t.Errorf("fetched %d times, want %d", got, fetches)
	}
}

var errRevoked = errors.New("revoked")

func TestRevocationReachesTheGateWithTheNextList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLister(3)
		lists := l.lists(t)
		good, bad := referring(listURI, 4.0), referring(listURI, 3.0)
		l.finds(t, lists, bad, errRevoked, 1)
		l.finds(t, lists, good, nil, 0)
		time.Sleep(5*time.Second - 1)
		l.revoke(3, 4)
		l.finds(t, lists, good, nil, 0)
		time.Sleep(time.Nanosecond)
		l.finds(t, lists, good, errRevoked, 1)
		time.Sleep(5 * time.Second)
		l.finds(t, lists, good, errRevoked, 1)
		if len(l.etags) != 3 || l.etags[0] != "" || l.etags[1] == "" || l.etags[2] == l.etags[1] {
			t.Errorf("asked with the ETags %q", l.etags)
		}
	})
}

func TestTokensWithoutStatusListAreAsGoodAsTheyWere(t *testing.T) {
	l := newLister()
	lists := l.lists(t)
	for _, claims := range []map[string]any{nil, {"status": map[string]any{}}, {"status": map[string]any{"other": 1.0}}} {
		l.finds(t, lists, oauth.AccessToken{Issuer: issuer, Claims: claims}, nil, 0)
	}
}

// A token chooses neither the host nor the path that is asked.
func TestNothingIsFetchedOutsideOfThePrefix(t *testing.T) {
	l := newLister()
	lists := l.lists(t, func(p *verify.StatusListPolicy) { p.Prefix = issuer + "/status/" })
	for name, token := range map[string]oauth.AccessToken{
		"another host":         referring("https://evil.example.com/status/7", 1.0),
		"longer host":          referring("https://id.example.com.evil.example.com/status/7", 1.0),
		"user":                 referring("https://id.example.com@evil.example.com/status/7", 1.0),
		"another scheme":       referring("http://id.example.com/status/7", 1.0),
		"another path":         referring(issuer+"/token", 1.0),
		"the prefix itself":    referring(issuer+"/status/", 1.0),
		"dots":                 referring(issuer+"/status/../token", 1.0),
		"one dot":              referring(issuer+"/status/./7", 1.0),
		"an empty word":        referring(issuer+"/status//7", 1.0),
		"escaped dots":         referring(issuer+"/status/%2e%2e/token", 1.0),
		"backslash":            referring(issuer+`/status/..\token`, 1.0),
		"query":                referring(issuer+"/status/7?time=0", 1.0),
		"fragment":             referring(issuer+"/status/7#a", 1.0),
		"line feed":            referring(issuer+"/status/7\n", 1.0),
		"long":                 referring(issuer+"/status/"+strings.Repeat("7", 500), 1.0),
		"empty":                referring("", 1.0),
		"no uri":               referring("", nil),
		"idx is text":          referring(listURI, "1"),
		"idx is negative":      referring(listURI, -1.0),
		"idx is a fraction":    referring(listURI, 1.5),
		"idx is not exact":     referring(listURI, 9007199254740992.0),
		"status is text":       {Issuer: issuer, Claims: map[string]any{"status": "a"}},
		"status_list is text":  {Issuer: issuer, Claims: map[string]any{"status": map[string]any{"status_list": "a"}}},
		"uri is a number":      {Issuer: issuer, Claims: map[string]any{"status": map[string]any{"status_list": map[string]any{"idx": 1.0, "uri": 1.0}}}},
		"another issuer token": {Issuer: "https://other.example.com", Claims: referring(listURI, 1.0).Claims},
	} {
		t.Run(name, func(t *testing.T) { l.finds(t, lists, token, errRevoked, 0) })
	}
	l.finds(t, lists, referring(listURI, 1.0), nil, 1)
}

func TestIndexBeyondTheListIsRefused(t *testing.T) {
	l := newLister()
	for _, open := range []bool{false, true} {
		lists := l.lists(t, func(p *verify.StatusListPolicy) { p.FailOpen = open })
		l.finds(t, lists, referring(listURI, 1023.0), nil, 1)
		l.finds(t, lists, referring(listURI, 1024.0), errRevoked, 0)
		l.finds(t, lists, referring(listURI, 9007199254740991.0), errRevoked, 0)
	}
}

// What is not a genuine list of this issuer about this URI says nothing.
func TestListsAreVerifiedStrictly(t *testing.T) {
	for name, c := range map[string]struct {
		claims change
		typ    string
		list   func(*lister) string
	}{
		"typ of an access token": {typ: "at+jwt"},
		"no typ":                 {typ: "-"},
		"sub is another list":    {claims: change{"sub": `"https://id.example.com/status/8"`}},
		"no sub":                 {claims: change{"sub": absent}},
		"iss is another":         {claims: change{"iss": `"https://other.example.com"`}},
		"iss is null":            {claims: change{"iss": `null`}},
		"no iat":                 {claims: change{"iat": absent}},
		"iat is in the future":   {claims: change{"iat": `4000000000`}},
		"expired":                {claims: change{"exp": `1`}},
		"exp is text":            {claims: change{"exp": `"4000000000"`}},
		"not yet":                {claims: change{"nbf": `4000000000`}},
		"ttl is zero":            {claims: change{"ttl": `0`}},
		"ttl is negative":        {claims: change{"ttl": `-5`}},
		"ttl is text":            {claims: change{"ttl": `"5"`}},
		"no status_list":         {claims: change{"status_list": absent}},
		"status_list is text":    {claims: change{"status_list": `"a"`}},
		"three bits":             {claims: change{"status_list": listJSON(3, make([]byte, 128))}},
		"no bits":                {claims: change{"status_list": `{"lst":"` + deflated(make([]byte, 128)) + `"}`}},
		"bits is text":           {claims: change{"status_list": `{"bits":"1","lst":"` + deflated(make([]byte, 128)) + `"}`}},
		"no lst":                 {claims: change{"status_list": `{"bits":1}`}},
		"lst is padded":          {claims: change{"status_list": `{"bits":1,"lst":"` + deflated(make([]byte, 128)) + `=="}`}},
		"lst has a line break":   {claims: change{"status_list": `{"bits":1,"lst":"\n` + deflated(make([]byte, 128)) + `"}`}},
		"lst is not compressed":  {claims: change{"status_list": `{"bits":1,"lst":"AAAA"}`}},
		"lst breaks off":         {claims: change{"status_list": `{"bits":1,"lst":"` + deflated(make([]byte, 128))[:12] + `"}`}},
		"something follows":      {claims: change{"status_list": `{"bits":1,"lst":"` + deflatedThen(make([]byte, 128), "x") + `"}`}},
		"a decompression bomb":   {claims: change{"status_list": listJSON(1, make([]byte, 1<<20+1))}},
		"signed with a secret": {list: func(*lister) string {
			return josetest.New(oauth.HS256).Token(oauth.TypStatusList, "k1", listClaims(nil))
		}},
		"signed with another key": {list: func(*lister) string {
			return josetest.New(oauth.ES256).Token(oauth.TypStatusList, "k1", listClaims(nil))
		}},
		"signed with unknown key":   {list: func(l *lister) string { return l.signer.Token(oauth.TypStatusList, "k2", listClaims(nil)) }},
		"no JWT":                    {list: func(*lister) string { return "<html>" }},
		"nothing":                   {list: func(*lister) string { return "" }},
		"claims that are no object": {list: func(l *lister) string { return l.signer.Token(oauth.TypStatusList, "k1", `[]`) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLister()
				if c.typ != "" {
					l.typ = strings.Trim(c.typ, "-")
				}
				l.says(func() string {
					changes := change{"status_list": listJSON(1, make([]byte, 128))}
					for name, value := range c.claims {
						changes[name] = value
					}
					return listClaims(changes)
				})
				swap := func(p *verify.StatusListPolicy) {
					if c.list != nil {
						p.Fetch = func(context.Context, string, string) (fetch.Response, error) {
							return fetch.Response{Body: []byte(c.list(l))}, nil
						}
					}
				}
				if err := l.lists(t, swap).Check(t.Context(), referring(listURI, 1.0)); !errors.Is(err, verify.ErrStatusUnavailable) {
					t.Errorf("got %v, want ErrStatusUnavailable", err)
				}
				if err := l.lists(t, swap, failOpen).Check(t.Context(), referring(listURI, 1.0)); err != nil {
					t.Errorf("failing open: %v", err)
				}
			})
		})
	}
}

func deflatedThen(data []byte, more string) string {
	compressed, _ := base64.RawURLEncoding.DecodeString(deflated(data))
	return base64.RawURLEncoding.EncodeToString(append(compressed, more...))
}

// Every status but VALID is a refusal, at every size.
func TestPropertyStatusesAreReadFromTheirBits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		bits := rapid.SampledFrom([]int{1, 2, 4, 8}).Draw(rt, "bits")
		statuses := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(rt, "statuses")
		index := rapid.IntRange(0, len(statuses)*8/bits-1).Draw(rt, "index")
		l := newLister()
		l.says(func() string { return listClaims(change{"status_list": listJSON(bits, statuses)}) })
		var value int
		for b := range bits { // one by one, as the specification counts them
			at := index*bits + b
			value |= int(statuses[at/8]>>(at%8)&1) << b
		}
		err := l.lists(t).Check(context.Background(), referring(listURI, float64(index)))
		if (err == nil) != (value == 0) || err != nil && !oauth.InvalidToken.In(err) {
			rt.Fatalf("status %d: %v", value, err)
		}
	})
}

// The example of Token Status List §4.1.
func TestSpecificationsExample(t *testing.T) {
	l := newLister()
	l.says(func() string { return listClaims(change{"status_list": listJSON(1, []byte{0xb9, 0xa3})}) })
	lists := l.lists(t)
	for index, revoked := range []int{1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1} {
		if err := lists.Check(t.Context(), referring(listURI, float64(index))); (err != nil) != (revoked == 1) {
			t.Errorf("%d: %v", index, err)
		}
	}
}
