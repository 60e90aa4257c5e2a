#!/bin/sh
# Runs every fuzz target of the module for a while, two packages at a time: fuzz.sh DURATION
set -eu
cd "$(dirname "$0")/.."

# fuzz BINARY TARGET DURATION CORPUS LOG runs a target in its package's folder.
fuzz() {
	"$1" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "$3" -test.fuzzminimizetime 1x -test.parallel 1 -test.fuzzcachedir "$4" >"$5" 2>&1
}

# The targets of one package, as this script calls itself: fuzz.sh DURATION PACKAGE.
# They are linked once.
if [ $# -eq 2 ]; then
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	log=$scratch/log
	go test -c -fuzz . -o "$scratch/fuzz.test" "$2"
	corpus=$(go env GOCACHE)/fuzz/$(go list "$2")
	mkdir -p "$corpus"
	cd "$2"
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]*' ./*_test.go | cut -d' ' -f2 | sort); do
		# The fuzzer now and then reports its own deadline as a failure when time is up
		# (golang/go#75804); only that is tried again.
		if ! fuzz "$scratch/fuzz.test" "$target" "$1" "$corpus" "$log"; then
			if ! grep -q 'context deadline exceeded' "$log" || grep -q 'Failing input' "$log" || ! fuzz "$scratch/fuzz.test" "$target" "$1" "$corpus" "$log"; then
				cat "$log"
				exit 1
			fi
		fi
		echo "fuzz: $2 $target $(grep -E '^fuzz: elapsed' "$log" | tail -1 | sed -E 's/.*(execs: [0-9]+).*(new interesting.*)/\1, \2/')"
	done
	exit 0
fi

files=$(grep -rlE '^func Fuzz' --include='*_test.go' cmd functions pkg test | sort)
[ -n "$files" ] || { echo "fuzz: no target found" >&2; exit 1; }
for file in $files; do echo "./$(dirname "$file")"; done | sort -ur | xargs -P 2 -n 1 sh test/fuzz.sh "$1"
# shellcheck disable=SC2086 # no path of ours has a blank
echo "fuzz: $(cat $files | grep -cE '^func Fuzz') targets, $1 each, no failing input"
