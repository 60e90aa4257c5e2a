// Package inturn measures a floor and ours side by side: they take turns within one
// pass, so that a machine which slows down slows both, and what counts is the
// processor's time, which other programs change less than the clock's.
package inturn

import (
	"runtime"
	"syscall"
	"testing"
	"time"
)

// Take runs both in turn, each of which does the given number of operations in one
// run, and reports the processor's time for an operation of each, their ratio, and how
// many allocations one of ours makes (of the process: a client's are among them).
func Take(b *testing.B, operations int, floor, ours func()) {
	b.Helper()
	var spent [2]time.Duration
	var allocations uint64
	var memory runtime.MemStats
	rounds := 0
	for b.Loop() {
		for i, run := range []func(){floor, ours} {
			runtime.ReadMemStats(&memory)
			allocated, before := memory.Mallocs, Processor(b)
			run()
			spent[i] += Processor(b) - before
			if runtime.ReadMemStats(&memory); i == 1 {
				allocations += memory.Mallocs - allocated
			}
		}
		rounds++
	}
	all := float64(rounds * operations)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent[0])/all, "floor-ns")
	b.ReportMetric(float64(spent[1])/all, "ours-ns")
	b.ReportMetric(float64(spent[1])/float64(spent[0]), "x-floor")
	b.ReportMetric(float64(allocations)/all, "allocs")
}

// Times is run, so many times.
func Times(n int, run func()) func() {
	return func() {
		for range n {
			run()
		}
	}
}

// Processor is the time for which this process has been computing.
func Processor(tb testing.TB) time.Duration {
	tb.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
