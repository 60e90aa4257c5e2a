#!/bin/sh
# Installs or finds what the checks need beside Go and its modules, and says
# exactly what is missing: tools.sh CACHE
set -eu
cache=$1
here=$(dirname "$0")
missing=

# The race detector is written in C.
command -v "$(go env CC)" >/dev/null || missing="$missing gcc libc6-dev"

# A browser, and Node for clients that are written for it.
command -v chromium >/dev/null || missing="$missing chromium"
command -v npm >/dev/null || missing="$missing nodejs npm"

# The virtual environment is made anew when what it must hold has changed.
venv=$cache/venv
stamp=$venv/installed-$(cksum <"$here/requirements.txt" | tr ' ' -)
if [ ! -e "$stamp" ]; then
	if ! command -v python3 >/dev/null; then
		missing="$missing python3 python3-venv"
	elif ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
		missing="$missing python3-venv"
	fi
fi
# A machine that is made for one run installs them itself.
if [ -n "$missing" ] && [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "tools: installing$missing"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
	missing=
fi
if [ -n "$missing" ]; then
	echo "tools: not found; on Debian or Ubuntu: sudo apt-get install$missing" >&2
	exit 1
fi
if [ ! -e "$stamp" ]; then
	echo "tools: installing cfn-lint, the SAM translator, moto, Authlib and FastAPI into $venv"
	python3 -m venv --clear "$venv"
	"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
	touch "$stamp"
fi

# Packages from npm, as the lock file pins them.
modules=$cache/node
stamp=$modules/installed-$(cksum <"$here/package-lock.json" | tr ' ' -)
if [ ! -e "$stamp" ]; then
	echo "tools: installing other people's clients and a provider, Express, axe-core and a Japanese font into $modules"
	mkdir -p "$modules"
	cp "$here/package.json" "$here/package-lock.json" "$modules"
	npm ci --prefix "$modules" --ignore-scripts --no-audit --no-fund --loglevel=error
	touch "$stamp"
fi

# A DynamoDB server: the one that is named, else dynoxide. moto, which is in the
# virtual environment, is the last resort.
if [ -n "${DYNAMODB_ENDPOINT:-}" ]; then
	echo "tools: DynamoDB server: $DYNAMODB_ENDPOINT, from DYNAMODB_ENDPOINT"
elif command -v dynoxide >/dev/null; then
	echo "tools: DynamoDB server: $(command -v dynoxide)"
elif ! command -v cargo >/dev/null; then
	echo "tools: DynamoDB server: moto, slower and laxer; install Rust's cargo to have dynoxide built"
elif cargo install --quiet dynoxide-rs --version 3.2.0 --locked --root "$cache/dynoxide"; then
	echo "tools: DynamoDB server: $cache/dynoxide/bin/dynoxide"
else
	echo "tools: DynamoDB server: moto, slower and laxer: this cargo could not build dynoxide 3.2.0"
fi
