package runtimeapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/gateway/runtimeapi"
	"github.com/ostiary-auth/ostiary/pkg/jose/josetest"
	"github.com/ostiary-auth/ostiary/pkg/oauth"
)

// bench is the built authorizer, its keys bundled, and the smallest function, built
// with the same flags: the floor.
type bench struct {
	ours, floor string // binaries
	env         map[string]string
	event       []byte // that is let in
}

func newBench(b *testing.B) bench {
	b.Helper()
	folder := b.TempDir()
	signer := josetest.New(oauth.ES256)
	keys := filepath.Join(folder, "jwks.json")
	if err := os.WriteFile(keys, []byte(`{"keys":[`+signer.JWK("k1", "")+`]}`), 0o600); err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	token := signer.Token("at+jwt", "k1", fmt.Sprintf(`{"iss":"https://id.example.com","sub":"alice","aud":"https://api.example.com",
		"client_id":"app","jti":"j1","iat":%d,"exp":%d,"scope":"read"}`, now.Unix(), now.Add(time.Hour).Unix()))
	event, err := json.Marshal(map[string]string{
		"type": "TOKEN", "authorizationToken": "Bearer " + token,
		"methodArn": "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/live/GET/protected",
	})
	if err != nil {
		b.Fatal(err)
	}
	x := bench{
		filepath.Join(folder, "authorizer", "bootstrap"), filepath.Join(folder, "hello", "bootstrap"),
		map[string]string{"ISSUER": "https://id.example.com", "AUDIENCE": "https://api.example.com", "JWKS_FILE": keys},
		event,
	}
	for source, binary := range map[string]string{"../../../functions/authorizer": x.ours, "./testdata/hello": x.floor} {
		if err := runtimeapi.Build(b.Context(), ".", source, binary); err != nil {
			b.Fatal(err)
		}
	}
	return x
}

// BenchmarkColdStart is the time from the start of the process to its first next,
// and to its first answer. The binaries are evicted from the page cache before each
// start, as they are on a machine that never ran them.
func BenchmarkColdStart(b *testing.B) {
	x := newBench(b)
	for _, until := range []string{"next", "answer"} {
		b.Run(until, func(b *testing.B) {
			var ours, floor starts
			for b.Loop() { // the two take turns, so that a busy machine slows both
				floor.add(coldStart(b, x.floor, x, until == "answer"))
				ours.add(coldStart(b, x.ours, x, until == "answer"))
			}
			b.ReportMetric(0, "ns/op") // evicting and ending are not what is measured
			b.ReportMetric(median(ours.wall), "ours-wall-ns")
			b.ReportMetric(median(floor.wall), "floor-wall-ns")
			b.ReportMetric(median(ours.wall)/median(floor.wall), "x-floor-wall")
			b.ReportMetric(median(ours.cpu), "ours-cpu-ns")
			b.ReportMetric(median(floor.cpu), "floor-cpu-ns")
			b.ReportMetric(median(ours.cpu)/median(floor.cpu), "x-floor-cpu")
		})
	}
}

// BenchmarkWarmInvocation is an invocation of a process that has started, to and
// fro over the Runtime API. The floor checks no signature.
func BenchmarkWarmInvocation(b *testing.B) {
	x := newBench(b)
	var ours, floor []time.Duration
	warm := func(f *runtimeapi.Function) time.Duration {
		start := time.Now()
		if _, err := f.Invoke(b.Context(), x.event); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	authorizer, hello := x.start(b, x.ours), x.start(b, x.floor)
	for b.Loop() {
		floor, ours = append(floor, warm(hello)), append(ours, warm(authorizer))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ours), "ours-wall-ns")
	b.ReportMetric(median(floor), "floor-wall-ns")
	b.ReportMetric(median(ours)/median(floor), "x-floor-wall")
}

func (x bench) start(b *testing.B, binary string) *runtimeapi.Function {
	b.Helper()
	f, err := runtimeapi.Start(b.Context(), binary, x.env, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	return f
}

// starts are what a number of cold starts took, by the clock and of the processor.
type starts struct{ wall, cpu []time.Duration }

func (s *starts) add(wall, cpu time.Duration) {
	s.wall, s.cpu = append(s.wall, wall), append(s.cpu, cpu)
}

func median(durations []time.Duration) float64 {
	slices.Sort(durations)
	return float64(durations[len(durations)/2].Nanoseconds())
}

// coldStart returns the time from the start of the process to its first next, or
// to its first answer, and what the processor did for it.
func coldStart(b *testing.B, binary string, x bench, answer bool) (wall, cpu time.Duration) {
	b.Helper()
	if err := evict(binary); err != nil {
		b.Fatal(err)
	}
	f, err := runtimeapi.Start(b.Context(), binary, x.env, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	wall = f.InitDuration()
	if answer {
		asked := time.Now()
		if _, err := f.Invoke(b.Context(), x.event); err != nil {
			b.Fatal(err)
		}
		wall += time.Since(asked)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return wall, f.CPUTime()
}

// evict drops a file from the page cache.
func evict(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Sync(); err != nil { // pages that are not on the disk yet stay
		return err
	}
	const dontNeed = 4 // POSIX_FADV_DONTNEED
	if _, _, errno := syscall.Syscall6(syscall.SYS_FADVISE64, file.Fd(), 0, 0, dontNeed, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
