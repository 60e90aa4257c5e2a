package runtimeapi_test

import (
	"io"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/gateway/runtimeapi"
)

// BenchmarkColdStart is the time from the start of the process to its first next,
// and to its first answer, with keys bundled and with keys fetched over TLS from
// servers at several distances. The programs are evicted from the page cache before
// each start, as they are on a machine that never ran them. Node and Python themselves
// are not, for others are running them too; so there is a round in which nobody's
// program is evicted.
func BenchmarkColdStart(b *testing.B) {
	c := newContest(b)
	bundled := func(x contestant) map[string]string { return x.bundled }
	cold := func(until string, evicted, answer bool, env func(contestant) map[string]string) {
		b.Run(until, func(b *testing.B) {
			measured := figures{}
			for b.Loop() { // all take turns, so that a busy machine slows all
				c.round(func(x contestant) {
					if evicted {
						check(b, evict(x.binary))
					}
					wall, cpu := coldStart(b, x, env(x), c.event, answer)
					measured.add(x.name, "wall", wall)
					measured.add(x.name, "cpu", cpu)
				})
			}
			measured.report(b, c, "hello", "wall", "cpu")
		})
	}
	cold("next-cached", false, false, bundled)
	cold("next", true, false, bundled)
	cold("answer", true, true, bundled)
	for _, distance := range distances {
		cold("answer-fetched-"+distance.String(), true, true, func(x contestant) map[string]string {
			if x.fetched == nil { // hello world has no keys
				return x.bundled
			}
			return x.fetched[distance]
		})
	}
}

// round lets everybody have their turns, those of the fast between each other's.
func (c contest) round(turn func(contestant)) {
	for i := range 4 {
		for _, x := range c.contestants {
			if i < x.turns {
				turn(x)
			}
		}
	}
}

// coldStart returns the time from the start of the process to its first next, or
// to its first answer, and what the processor did for it.
func coldStart(b *testing.B, x contestant, env map[string]string, event []byte, answer bool) (wall, cpu time.Duration) {
	b.Helper()
	f, err := runtimeapi.Start(b.Context(), x.binary, env, io.Discard)
	if err != nil {
		b.Fatal(x.name, err)
	}
	wall = f.InitDuration()
	if answer {
		asked := time.Now()
		if _, err := f.Invoke(b.Context(), event); err != nil {
			b.Fatal(x.name, err)
		}
		wall += time.Since(asked)
	}
	check(b, f.Close())
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
