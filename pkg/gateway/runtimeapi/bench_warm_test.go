package runtimeapi_test

import (
	"bufio"
	"compress/flate"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/gateway/runtimeapi"
)

// BenchmarkWarmInvocation is an invocation of a process that has started, to and
// fro over the Runtime API: by the clock, and what the process computed. The floor
// checks no signature.
func BenchmarkWarmInvocation(b *testing.B) {
	c := newContest(b)
	running := map[string]*runtimeapi.Function{}
	for _, x := range c.contestants {
		running[x.name] = x.start(b, x.bundled)
		for range 200 { // Node compiles what it uses often
			invoke(b, running[x.name], c.event)
		}
	}
	measured, asked := figures{}, map[string]int{}
	before := map[string]time.Duration{}
	for name, f := range running {
		before[name] = computed(b, f.PID())
	}
	for b.Loop() {
		c.round(func(x contestant) {
			measured.add(x.name, "wall", invoke(b, running[x.name], c.event))
			asked[x.name]++
		})
	}
	for name, f := range running {
		measured.add(name, "cpu", (computed(b, f.PID())-before[name])/time.Duration(asked[name]))
	}
	measured.report(b, c, "hello", "wall", "cpu")
}

func invoke(b *testing.B, f *runtimeapi.Function, event []byte) time.Duration {
	start := time.Now()
	if _, err := f.Invoke(b.Context(), event); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkResident is what a process has in memory after 5,000 invocations.
func BenchmarkResident(b *testing.B) {
	c := newContest(b)
	for _, x := range c.contestants {
		b.Run(x.name, func(b *testing.B) {
			f := x.start(b, x.bundled)
			for b.Loop() {
				for range 5000 {
					invoke(b, f, c.event)
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(resident(b, f.PID()), "MB")
		})
	}
}

// BenchmarkSize is the authorizer as it is uploaded.
func BenchmarkSize(b *testing.B) {
	b.Setenv("GOARCH", "arm64")
	binary := filepath.Join(b.TempDir(), "bootstrap")
	check(b, runtimeapi.Build(b.Context(), ".", "../../../functions/authorizer", binary))
	content, err := os.ReadFile(binary)
	check(b, err)
	var size counter
	for b.Loop() {
		size = 0
		w, err := flate.NewWriter(&size, flate.BestCompression)
		check(b, err)
		_, err = w.Write(content)
		check(b, err)
		check(b, w.Close())
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(size/1e4)/100, "MB-deflated-arm64")
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// computed is how long the process's threads have run, to the nanosecond.
func computed(b *testing.B, pid int) time.Duration {
	b.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	check(b, err)
	var total time.Duration
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // a thread that has just ended
		}
		first, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		check(b, err)
		total += time.Duration(ns)
	}
	return total
}

// resident is the most that the process ever had in memory, in megabytes.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	check(b, err)
	defer status.Close()
	lines := bufio.NewScanner(io.LimitReader(status, 64<<10))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kilobytes, err := strconv.Atoi(strings.Fields(value)[0])
			check(b, err)
			return float64(kilobytes*1024/1e5) / 10
		}
	}
	b.Fatal("the process does not tell its memory")
	return 0
}
