package bolt

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ostiary-auth/ostiary/pkg/store"
)

// The record of a refresh family has about this size.
var record = strings.Repeat("x", 500)

// BenchmarkDurableWrite writes one record durably, beside its floor in the same
// run: the same bytes appended to a file, and fdatasync.
func BenchmarkDurableWrite(b *testing.B) {
	floor := openFloor(b)
	table := open(b, filepath.Join(b.TempDir(), "db")).Table("state")
	var floors, writes []time.Duration
	for i := 0; b.Loop(); i++ {
		floors = append(floors, timed(func() error { return floor.write() }, b))
		k := store.Key{Partition: fmt.Sprintf("user#%d", i%5000), Sort: "grant#1"}
		writes = append(writes, timed(func() error { return table.Write(b.Context(), store.Put(k, record)) }, b))
	}
	report(b, median(floors), median(writes))
}

// BenchmarkDurableWriteConcurrent is 64 writers at once, who share syncs, against
// one writer of the floor.
func BenchmarkDurableWriteConcurrent(b *testing.B) {
	floor := openFloor(b)
	var floors []time.Duration
	for range 200 {
		floors = append(floors, timed(floor.write, b))
	}
	table := open(b, filepath.Join(b.TempDir(), "db")).Table("state")
	var n atomic.Int64
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.ResetTimer()
	begin := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			k := store.Key{Partition: fmt.Sprintf("user#%d", n.Add(1)%5000), Sort: "grant#1"}
			if err := table.Write(b.Context(), store.Put(k, record)); err != nil {
				b.Error(err)
			}
		}
	})
	report(b, median(floors), time.Since(begin)/time.Duration(b.N))
}

// BenchmarkOpen is what each test that opens a database pays.
func BenchmarkOpen(b *testing.B) {
	folder := b.TempDir()
	for i := 0; b.Loop(); i++ {
		db, err := Open(filepath.Join(folder, fmt.Sprint(i)))
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

type floorFile struct{ *os.File }

func openFloor(b *testing.B) floorFile {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "floor"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	return floorFile{f}
}

func (f floorFile) write() error {
	if _, err := f.WriteString(record); err != nil {
		return err
	}
	return syscall.Fdatasync(int(f.Fd()))
}

func timed(run func() error, b *testing.B) time.Duration {
	begin := time.Now()
	if err := run(); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func report(b *testing.B, floor, write time.Duration) {
	b.ReportMetric(float64(floor), "floor-ns")
	b.ReportMetric(float64(write), "write-ns")
	b.ReportMetric(float64(write)/float64(floor), "x-floor")
}
