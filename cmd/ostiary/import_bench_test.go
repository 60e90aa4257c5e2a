package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// BenchmarkImport imports 100,000 people with their hashes into an empty folder, in a
// process of its own whose memory is measured: it must not grow with the file.
func BenchmarkImport(b *testing.B) {
	for _, people := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "people.jsonl")
			if err := writePeople(file, people); err != nil {
				b.Fatal(err)
			}
			var took time.Duration
			var peak int64
			runs := 0
			for b.Loop() {
				start := time.Now()
				command := exec.Command("ostiary", "user", "import", file, "--data", filepath.Join(b.TempDir(), fmt.Sprint(runs)))
				if output, err := command.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, output)
				}
				took += time.Since(start)
				peak = max(peak, command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
				runs++
			}
			b.ReportMetric(float64(people*runs)/took.Seconds(), "users/s")
			b.ReportMetric(float64(peak)/1024, "peak-MiB") // Linux counts KiB
		})
	}
}

func writePeople(path string, people int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(file)
	for n := range people {
		fmt.Fprintf(buffered, `{"sub":"old-%d","username":"person%d@example.com","email":"person%d@example.com","email_verified":true,`+
			`"given_name":"Person","family_name":"Number %d","locale":"en","password_hash":"$2b$10$abcdefghijklmnopqrstuuWaJyPlE0G0fRbLP5yzxQq50HK7BQZ3G"}`+"\n", n, n, n, n)
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	return file.Close()
}
