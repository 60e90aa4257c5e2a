#!/bin/sh
# Runs every fuzz target of the module for a while: fuzz.sh DURATION
set -eu
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# fuzz PACKAGE TARGET DURATION
fuzz() {
	go test "$1" -run '^$' -fuzz "^$2\$" -fuzztime "$3" -fuzzminimizetime 1x >"$log" 2>&1
}

count=0
for file in $(grep -rlE '^func Fuzz' --include='*_test.go' cmd functions pkg test | sort); do
	for target in $(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$file"); do
		package=./$(dirname "$file")
		# The fuzzer now and then reports its own deadline as a failure when time is
		# up (golang/go#75804); only that is tried again.
		if ! fuzz "$package" "$target" "$1"; then
			if ! grep -q 'context deadline exceeded' "$log" || grep -q 'Failing input' "$log" || ! fuzz "$package" "$target" "$1"; then
				cat "$log"
				exit 1
			fi
		fi
		echo "fuzz: $package $target $(grep -E '^fuzz: elapsed' "$log" | tail -1 | sed -E 's/.*(execs: [0-9]+).*(new interesting.*)/\1, \2/')"
		count=$((count + 1))
	done
done
[ "$count" -gt 0 ] || { echo "fuzz: no target found" >&2; exit 1; }
echo "fuzz: $count targets, $1 each, no failing input"
