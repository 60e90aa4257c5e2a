package runtime_test

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/ostiary-auth/ostiary/pkg/gateway/runtimeapi"
)

// BenchmarkInit is what the processor does for the start of a function with tables, up
// to its first next: what it reads from the tables and has KMS open by then is among it.
// The floor is an aws-lambda-go program that returns its input. Nothing is evicted.
func BenchmarkInit(b *testing.B) {
	w := prepare(b)
	w.run(b)
	hello := built(b, "./pkg/gateway/runtimeapi/testdata/hello")
	for _, name := range []string{"discovery", "userinfo", "token", "rotate"} {
		function := built(b, "./functions/"+name)
		b.Run(name, func(b *testing.B) {
			var floor, ours int64
			for b.Loop() {
				floor += w.started(b, hello)
				ours += w.started(b, function)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(floor)/float64(b.N), "floor-ns")
			b.ReportMetric(float64(ours)/float64(b.N), "ours-ns")
			b.ReportMetric(float64(ours)/float64(floor), "x-floor")
		})
	}
}

func built(b *testing.B, source string) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), filepath.Base(source), "bootstrap")
	check(b, runtimeapi.Build(b.Context(), "../..", source, binary))
	return binary
}

// started runs a function up to its first next and returns the processor's time for it.
func (w *world) started(b *testing.B, binary string) int64 {
	b.Helper()
	f, err := runtimeapi.Start(b.Context(), binary, w.env, io.Discard)
	check(b, err)
	check(b, f.Close())
	return f.CPUTime().Nanoseconds()
}
