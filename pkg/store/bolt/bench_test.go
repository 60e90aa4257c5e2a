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
// run: the same bytes appended to a file, and fdatasync. There are users' grants
// already: what is written is one of them again, as by a refresh, or a new one,
// for which the file has to grow.
func BenchmarkDurableWrite(b *testing.B) {
	const users = 5000
	for name, key := range map[string]func(i int) store.Key{
		"again": func(i int) store.Key { return grant(i * 7919 % users) },
		"new":   func(i int) store.Key { return grant(users + i) },
	} {
		b.Run(name, func(b *testing.B) {
			floor := openFloor(b)
			table := open(b, filepath.Join(b.TempDir(), "db")).Table("state")
			fill(b, table, users)
			var floors, writes []time.Duration
			for i := 0; b.Loop(); i++ {
				floors = append(floors, timed(floor.write, b))
				writes = append(writes, timed(func() error { return table.Write(b.Context(), store.Put(key(i), record)) }, b))
			}
			report(b, median(floors), median(writes))
		})
	}
}

func grant(user int) store.Key {
	return store.Key{Partition: fmt.Sprintf("user#%d", user), Sort: "grant#1"}
}

// fill writes a grant of each user.
func fill(b *testing.B, table store.Table, users int) {
	b.Helper()
	for i := 0; i < users; i += store.MaxChanges {
		var changes []store.Change
		for user := i; user < min(i+store.MaxChanges, users); user++ {
			changes = append(changes, store.Put(grant(user), record))
		}
		if err := table.Write(b.Context(), changes...); err != nil {
			b.Fatal(err)
		}
	}
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
			if err := table.Write(b.Context(), store.Put(grant(int(n.Add(1)%5000)), record)); err != nil {
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
