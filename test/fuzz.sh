#!/bin/sh
# Runs every fuzz target of the module for a while, two at a time: fuzz.sh DURATION
set -eu
cd "$(dirname "$0")/.."

# fuzz PACKAGE TARGET DURATION LOG
fuzz() {
	go test "$1" -run '^$' -fuzz "^$2\$" -fuzztime "$3" -fuzzminimizetime 1x -parallel 1 >"$4" 2>&1
}

# One target, as this script calls itself: fuzz.sh DURATION PACKAGE TARGET
if [ $# -eq 3 ]; then
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	# The fuzzer now and then reports its own deadline as a failure when time is up
	# (golang/go#75804); only that is tried again.
	if ! fuzz "$2" "$3" "$1" "$log"; then
		if ! grep -q 'context deadline exceeded' "$log" || grep -q 'Failing input' "$log" || ! fuzz "$2" "$3" "$1" "$log"; then
			cat "$log"
			exit 1
		fi
	fi
	echo "fuzz: $2 $3 $(grep -E '^fuzz: elapsed' "$log" | tail -1 | sed -E 's/.*(execs: [0-9]+).*(new interesting.*)/\1, \2/')"
	exit 0
fi

targets=$(for file in $(grep -rlE '^func Fuzz' --include='*_test.go' cmd functions pkg test | sort); do
	sed -nE "s|^func (Fuzz[A-Za-z0-9_]*)\(.*|./$(dirname "$file") \1|p" "$file"
done)
[ -n "$targets" ] || { echo "fuzz: no target found" >&2; exit 1; }
echo "$targets" | xargs -P 2 -n 2 sh test/fuzz.sh "$1"
echo "fuzz: $(echo "$targets" | wc -l) targets, $1 each, no failing input"
