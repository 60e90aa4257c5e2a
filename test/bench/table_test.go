package main

import "testing"

func TestTable(t *testing.T) {
	var r results
	for _, pass := range []string{"10", "30", "20"} {
		r.read("goos: linux\n" +
			"BenchmarkVerify/ES256/floor \t 100\t " + pass + "0 ns/op\t 0 B/op\t 0 allocs/op\n" +
			"BenchmarkVerify/ES256/ours \t 100\t " + pass + "5 ns/op\t 64 B/op\t 3 allocs/op\n" +
			"BenchmarkStart/ours \t 1\t 4000000 ns/op\t 2.5 ms/first-next\n" +
			"BenchmarkCold/next \t 1\t 0 ns/op\t 9000000 floor-cpu-ns\t 18000000 ours-cpu-ns\t 2.00 x-floor-cpu\n" +
			"BenchmarkSignIn \t 1\t 9 ns/op\t 35000 floor-µs\t 1.02 right-x-floor\n" +
			"BenchmarkResident/ours \t 1\t 0 B/op\t 0 allocs/op\t 17.5 MB\n" +
			"BenchmarkAbsent \t 1\t 0 B/op\t 0 allocs/op\n" +
			"BenchmarkWrite \t 1\t 9 ns/op\t 100 floor-ns\t 190 write-ns\t 7 allocs\t 1.90 x-floor\n" +
			"PASS\n")
	}
	want := "" +
		"| what                      | figure            | floor | ratio | allocations |\n" +
		"| ------------------------- | ----------------- | ----- | ----- | ----------- |\n" +
		"| Verify/ES256/ours         | 205ns             | 200ns | 1.02  | 3           |\n" +
		"| Start/ours                | 4ms               |       |       |             |\n" +
		"| Start/ours, ms/first-next | 2.5 ms/first-next |       |       |             |\n" +
		"| Cold/next/cpu             | 18ms              | 9ms   | 2.00  |             |\n" +
		"| SignIn/right              |                   | 35ms  | 1.02  |             |\n" +
		"| Resident/ours, MB         | 17.5 MB           |       |       |             |\n" +
		"| Write                     | 190ns             | 100ns | 1.90  | 7           |\n"
	if got := r.table(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
