package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Some benchmarks let the floor and ours take turns within one pass, so that a
// machine which slows down slows both. They report the ratio as a metric: x-floor,
// or x-floor-cpu and right-x-floor where there are several, and may report the
// figures in ours-ns and floor-ns, or ours-cpu-ns and floor-cpu-ns, and allocs of
// ours. Their ns/op is that of both together and means nothing.

// turn is what one such ratio is about.
type turn struct{ figure, floor, ratio string }

// turns returns the rows' parts by what distinguishes them, or nothing for a
// benchmark of the plain kind.
func (r *results) turns(name string) map[string]turn {
	found := make(map[string]turn)
	for unit := range r.of[name] {
		if before, after, ok := strings.Cut(unit, "x-floor"); ok {
			value, _ := r.median(name, unit)
			key := strings.Trim(before+after, "-")
			found[key] = turn{r.part(name, "", key), r.part(name, "floor", key), fmt.Sprintf("%.2f", value)}
		}
	}
	return found
}

// part finds the metric that is the floor's, or ours, for a key. A floor without
// the key serves all.
func (r *results) part(name, of, key string) string {
	for _, unit := range slices.Sorted(maps.Keys(r.of[name])) {
		label, scale, ok := timeUnit(unit)
		if !ok || strings.HasPrefix(label, "floor") != (of == "floor") {
			continue
		}
		_, about, _ := strings.Cut(label, "-")
		if about == key || of == "floor" && about == "" {
			value, _ := r.median(name, unit)
			return rounded(time.Duration(value * float64(scale))).String()
		}
	}
	return ""
}

func timeUnit(unit string) (label string, scale time.Duration, ok bool) {
	for suffix, scale := range map[string]time.Duration{"-ns": time.Nanosecond, "-µs": time.Microsecond, "-ms": time.Millisecond} {
		if label, ok := strings.CutSuffix(unit, suffix); ok {
			return label, scale, true
		}
	}
	return "", 0, false
}

// turnRows are the rows of a benchmark whose sides take turns.
func (r *results) turnRows(name string, turns map[string]turn) [][]string {
	allocations := ""
	if n, ok := r.median(name, "allocs"); ok {
		allocations = strconv.Itoa(int(n))
	}
	var rows [][]string
	for _, key := range slices.Sorted(maps.Keys(turns)) {
		label := strings.TrimSuffix(name, "/x-floor")
		if key != "" {
			label += "/" + key
		}
		rows = append(rows, []string{label, turns[key].figure, turns[key].floor, turns[key].ratio, allocations})
	}
	return rows
}
