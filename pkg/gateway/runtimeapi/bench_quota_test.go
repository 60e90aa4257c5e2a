package runtimeapi_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/gateway/runtimeapi"
)

// BenchmarkQuota is a cold start to the first answer, keys bundled, and a warm
// invocation, by the clock, with the processor's share that Lambda gives a function
// of so many megabytes: 1769 are one processor. It needs a control group that may be
// written, as root has; elsewhere it says so and measures nothing.
func BenchmarkQuota(b *testing.B) {
	c := newContest(b)
	for _, memory := range []int{128, 256, 512} {
		b.Run(fmt.Sprint(memory), func(b *testing.B) {
			group, err := newGroup(memory)
			if err != nil {
				b.Logf("not measured, for no control group can be made: %v", err)
				return
			}
			check(b, os.Remove(group))
			measured := figures{}
			for b.Loop() {
				c.round(func(x contestant) {
					cold, warm := throttled(b, x, c.event, memory)
					measured.add(x.name, "cold", cold)
					measured.add(x.name, "warm", warm)
				})
			}
			measured.report(b, c, "hello", "cold", "warm")
		})
	}
}

// throttled returns the time to the first answer, and that of one of the next twenty,
// which spread over several of the scheduler's periods. Each start has a control
// group of its own, for a group has to make up for what it used too much of.
func throttled(b *testing.B, x contestant, event []byte, memory int) (cold, warm time.Duration) {
	b.Helper()
	group, err := newGroup(memory)
	check(b, err)
	defer os.Remove(group)
	// It enters the control group before it becomes the program.
	script := filepath.Join(b.TempDir(), x.name)
	check(b, os.WriteFile(script, fmt.Appendf(nil, "#!/bin/sh\necho $$ >%s/cgroup.procs\nexec %s\n", group, x.binary), 0o700))
	f, err := runtimeapi.Start(b.Context(), script, x.bundled, io.Discard)
	if err != nil {
		b.Fatal(x.name, err)
	}
	cold = f.InitDuration() + invoke(b, f, event)
	start := time.Now()
	for range 20 {
		invoke(b, f, event)
	}
	warm = time.Since(start) / 20
	check(b, f.Close())
	return cold, warm
}

// newGroup makes a control group with the share of a function's memory, in periods
// of 20 ms as Lambda has them, by the second version of the interface or the first.
func newGroup(memory int) (path string, err error) {
	const period = 20_000 // µs
	quota := period * memory / 1769
	for _, try := range []struct {
		root  string
		files map[string]string
	}{
		{"/sys/fs/cgroup/cpu", map[string]string{"cpu.cfs_period_us": fmt.Sprint(period), "cpu.cfs_quota_us": fmt.Sprint(quota)}},
		{"/sys/fs/cgroup", map[string]string{"cpu.max": fmt.Sprint(quota, " ", period)}},
	} {
		path = filepath.Join(try.root, fmt.Sprintf("ostiary-bench-%d", time.Now().UnixNano()))
		problem := os.Mkdir(path, 0o755)
		for name, value := range try.files {
			if problem == nil {
				problem = os.WriteFile(filepath.Join(path, name), []byte(value), 0)
			}
		}
		if problem == nil {
			return path, nil
		}
		_ = os.Remove(path)
		err = errors.Join(err, problem)
	}
	return "", err
}
