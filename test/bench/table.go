package main

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// results are the figures of all passes, in the order in which they first came.
type results struct {
	names []string
	of    map[string]map[string][]float64 // by name and unit
}

// read takes in what a test program printed: "BenchmarkX/floor 100 12.5 ns/op …".
func (r *results) read(output string) {
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				r.add(name, fields[i+1], value)
			}
		}
	}
}

func (r *results) add(name, unit string, value float64) {
	if r.of == nil {
		r.of = make(map[string]map[string][]float64)
	}
	if r.of[name] == nil {
		r.of[name] = make(map[string][]float64)
		r.names = append(r.names, name)
	}
	r.of[name][unit] = append(r.of[name][unit], value)
}

// median is false when the figure was not measured.
func (r *results) median(name, unit string) (float64, bool) {
	values := slices.Sorted(slices.Values(r.of[name][unit]))
	if len(values) == 0 {
		return 0, false
	}
	return values[len(values)/2], true
}

// table is in Markdown, to be read in a terminal as well.
func (r *results) table() string {
	rows := [][]string{{"what", "figure", "floor", "ratio", "allocations"}}
	for _, name := range r.names {
		if path.Base(name) == "floor" {
			continue
		}
		if turns := r.turns(name); len(turns) > 0 {
			rows = append(rows, r.turnRows(name, turns)...)
			continue
		}
		for _, unit := range r.units(name) {
			rows = append(rows, r.row(name, unit))
		}
	}
	return align(rows)
}

// units are the time first and then those of the benchmark's own making. A benchmark
// that measures no time, but something else, has none.
func (r *results) units(name string) []string {
	var own []string
	for unit := range r.of[name] {
		if !slices.Contains([]string{"ns/op", "B/op", "allocs/op"}, unit) {
			own = append(own, unit)
		}
	}
	slices.Sort(own)
	if _, timed := r.of[name]["ns/op"]; timed {
		own = slices.Insert(own, 0, "ns/op")
	}
	return own
}

func (r *results) row(name, unit string) []string {
	row := []string{name, "", "", "", ""}
	value, _ := r.median(name, unit)
	row[1] = figure(value, unit)
	if unit != "ns/op" {
		row[0] += ", " + unit
	} else if n, ok := r.median(name, "allocs/op"); ok {
		row[4] = strconv.Itoa(int(n))
	}
	floor, ok := r.median(path.Join(path.Dir(name), "floor"), unit)
	if ok && floor > 0 {
		row[2], row[3] = figure(floor, unit), fmt.Sprintf("%.2f", value/floor)
	}
	return row
}

func figure(value float64, unit string) string {
	if unit == "ns/op" {
		return rounded(time.Duration(value)).String()
	}
	return strconv.FormatFloat(value, 'f', -1, 64) + " " + unit
}

// rounded keeps about three digits.
func rounded(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for unit*1000 <= d {
		unit *= 10
	}
	return d.Round(unit)
}

func align(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	rule := make([]string, len(widths))
	for i, width := range widths {
		rule[i] = strings.Repeat("-", width)
	}
	var b strings.Builder
	for _, row := range slices.Insert(rows, 1, rule) {
		for i, cell := range row {
			b.WriteString("| " + cell + strings.Repeat(" ", widths[i]-len([]rune(cell))) + " ")
		}
		b.WriteString("|\n")
	}
	return b.String()
}
