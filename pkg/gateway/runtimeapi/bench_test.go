package runtimeapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/gateway/runtimeapi"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

const (
	issuer   = "https://127.0.0.1" // a machine's own issuer may have its keys there
	audience = "https://api.example.com"
)

// distances are how far away the server of the keys stands, in round trips: on the
// machine itself, in the same region, in the next ones.
var distances = []time.Duration{0, time.Millisecond, 3 * time.Millisecond, 10 * time.Millisecond}

// contestant is a program that does the work, or the smallest one that does none.
type contestant struct {
	name, binary string
	bundled      map[string]string // its environment when its keys are in a file
	fetched      environments      // and when they are fetched at its start; nil: it has none
	turns        int               // in a round: the fast are asked more often, for they need more
}

// environments are those in which keys are fetched, by the distance of their server.
type environments map[time.Duration]map[string]string

// contest is the authorizer, hello world, which is the floor, and as many as
// test/bench/peers could install.
type contest struct {
	contestants []contestant
	event       []byte // that all let in
}

func newContest(b *testing.B) contest {
	b.Helper()
	folder := b.TempDir()
	signer := josetest.New(oauth.ES256)
	document := []byte(`{"keys":[` + signer.JWK("k1", "") + `]}`)
	bundle := filepath.Join(folder, "jwks.json")
	check(b, os.WriteFile(bundle, document, 0o600))
	ours, others := environments{}, environments{}
	for _, distance := range distances {
		server := serveKeys(b, document, distance)
		ours[distance], others[distance] = server.settings(b), server.variables()
	}
	now := time.Now()
	token := signer.Token("at+jwt", "k1", fmt.Sprintf(`{"iss":%q,"sub":"alice","aud":%q,"client_id":"app","jti":"j1","iat":%d,"exp":%d,"scope":"read"}`,
		issuer, audience, now.Unix(), now.Add(time.Hour).Unix()))
	event, err := json.Marshal(map[string]string{
		"type": "TOKEN", "authorizationToken": "Bearer " + token,
		"methodArn": "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/live/GET/protected",
	})
	check(b, err)
	hello, gate := filepath.Join(folder, "hello", "bootstrap"), filepath.Join(folder, "authorizer", "bootstrap")
	for source, binary := range map[string]string{"../../../functions/authorizer": gate, "./testdata/hello": hello} {
		check(b, runtimeapi.Build(b.Context(), ".", source, binary))
	}
	bundled := map[string]string{"ISSUER": issuer, "AUDIENCE": audience, "JWKS_FILE": bundle}
	c := contest{event: event, contestants: []contestant{
		{"hello", hello, bundled, nil, 4},
		{"authorizer", gate, bundled, ours, 4},
	}}
	c.add("rust", "rust/bootstrap", bundled, others, 4)
	c.add("node", "node/bootstrap.mjs", bundled, others, 1)
	c.add("python", "python/bootstrap", bundled, others, 1)
	return c
}

// add adds a peer that is installed.
func (c *contest) add(name, path string, bundled map[string]string, fetched environments, turns int) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return
	}
	binary := filepath.Join(cache, "ostiary", "bench", path)
	if _, err := os.Stat(binary); err == nil {
		c.contestants = append(c.contestants, contestant{name, binary, bundled, fetched, turns})
	}
}

// start runs a contestant until the benchmark ends.
func (c contestant) start(b *testing.B, env map[string]string) *runtimeapi.Function {
	b.Helper()
	f, err := runtimeapi.Start(b.Context(), c.binary, env, io.Discard)
	if err != nil {
		b.Fatal(c.name, err)
	}
	b.Cleanup(func() { _ = f.Close() })
	return f
}

// figures are what was measured, by contestant and kind.
type figures map[string][]time.Duration

func (f figures) add(who, kind string, d time.Duration) {
	f[who+"-"+kind] = append(f[who+"-"+kind], d)
}

// report gives every contestant's median beside the floor's. Who is not the
// authorizer has its name in the row's.
func (f figures) report(b *testing.B, c contest, floor string, kinds ...string) {
	b.Helper()
	b.ReportMetric(0, "ns/op") // of all together, and of what is not measured
	for _, kind := range kinds {
		base := median(f[floor+"-"+kind])
		for _, x := range c.contestants {
			if x.name == floor || len(f[x.name+"-"+kind]) == 0 {
				continue
			}
			key := x.name + "-" + kind
			b.ReportMetric(median(f[key]), "of-"+key+"-ns")
			b.ReportMetric(base, "floor-"+key+"-ns")
			b.ReportMetric(median(f[key])/base, key+"-x-floor")
		}
	}
}

func median(durations []time.Duration) float64 {
	slices.Sort(durations)
	return float64(durations[len(durations)/2].Nanoseconds())
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
