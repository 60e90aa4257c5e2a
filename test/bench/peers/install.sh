#!/bin/sh
# Makes what `make bench` measures beside ours: the same work in Node, Python and
# Rust. Each is installed once, at pinned versions, and is left out of the tables
# where its language is not present: install.sh FOLDER
set -eu
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder"

# fresh LANGUAGE: whether what is installed is made of the same files.
fresh() {
	sum=$(find "$here/$1" -type f -exec cat {} + | cksum | tr ' ' -)
	if [ -e "$folder/$1/installed-$sum" ]; then return 0; fi
	rm -rf "${folder:?}/$1"
	mkdir -p "$folder/$1"
	return 1
}
done_with() { touch "$folder/$1/installed-$sum"; }
# A program that the kernel starts, as a bootstrap is: no shell comes between.
program() { { echo "#!$1" && cat "$2"; } >"$3" && chmod +x "$3"; }

if ! command -v npm >/dev/null; then
	echo "bench: no Node: nothing is compared with it"
elif ! fresh node; then
	echo "bench: installing aws-jwt-verify"
	cp "$here/node/package.json" "$here/node/package-lock.json" "$folder/node"
	npm ci --prefix "$folder/node" --ignore-scripts --no-audit --no-fund --loglevel=error
	program "$(command -v node)" "$here/node/authorizer.mjs" "$folder/node/bootstrap.mjs"
	done_with node
fi

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
	echo "bench: no Python: nothing is compared with it"
elif ! fresh python; then
	echo "bench: installing joserfc"
	python3 -m venv "$folder/python"
	"$folder/python/bin/pip" install --quiet --disable-pip-version-check -r "$here/python/requirements.txt"
	program "$folder/python/bin/python3" "$here/python/authorizer.py" "$folder/python/bootstrap"
	"$folder/python/bin/python3" -m compileall -q "$folder/python/lib" || true
	done_with python
fi

if ! command -v cargo >/dev/null; then
	echo "bench: no cargo: nothing is compared with Rust"
elif ! fresh rust; then
	echo "bench: building an authorizer in Rust, which takes minutes"
	if CARGO_TARGET_DIR="$folder/rust/target" cargo build --quiet --release --locked --manifest-path "$here/rust/Cargo.toml"; then
		cp "$folder/rust/target/release/bench-authorizer" "$folder/rust/bootstrap"
		rm -rf "$folder/rust/target"
		done_with rust
	else
		echo "bench: this cargo could not build it: nothing is compared with Rust"
	fi
fi
