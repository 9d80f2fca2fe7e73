#!/bin/sh
# Drives the local Kinesis Video Streams server through boto3, ffprobe and mkvinfo.
#
# usage: scripts/test-boto3.sh [TRUNKLINE_BINARY]
# The Python environment is made once, in $TRUNKLINE_CACHE (default ~/.cache/trunkline); it works offline after that.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
binary=${1:-${TRUNKLINE_BIN:-${CARGO_TARGET_DIR:-$root/target}/debug/trunkline}}
cache=${TRUNKLINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/trunkline}
tests=$root/testing/boto3
environment=$cache/boto3-$(cksum <"$tests/requirements.txt" | cut -d' ' -f1)

if [ ! -x "$binary" ]; then
    echo "test-boto3: $binary is not there: build it with cargo build -p trunkline, or name another" >&2
    exit 2
fi
if ! command -v python3 >/dev/null; then
    echo "test-boto3: python3 is needed" >&2
    exit 2
fi

if [ ! -f "$environment/complete" ]; then
    rm -rf "$environment"
    mkdir -p "$cache"
    python3 -m venv "$environment" || {
        echo "test-boto3: python3 cannot make a virtual environment (Debian: apt install python3-venv)" >&2
        exit 2
    }
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$tests/requirements.txt"
    touch "$environment/complete"
fi

log=$(mktemp)
AWS_ACCESS_KEY_ID=AKIDLOCAL AWS_SECRET_ACCESS_KEY=local-secret
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
TRUNKLINE_KVS_ACCESS_KEY=$AWS_ACCESS_KEY_ID TRUNKLINE_KVS_SECRET_KEY=$AWS_SECRET_ACCESS_KEY \
    "$binary" kvs --listen 127.0.0.1:0 --idle-close 1 >"$log" 2>&1 &
server=$!
finish() {
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    rm -f "$log"
}
trap finish EXIT
trap 'exit 130' INT TERM

tries=0
until endpoint=$(grep -o 'http://127\.0\.0\.1:[0-9]*' "$log" | head -n 1) && [ -n "$endpoint" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
        echo "test-boto3: the server did not start:" >&2
        cat "$log" >&2
        exit 1
    fi
    sleep 0.1
done

cd "$tests"
TRUNKLINE_KVS_ENDPOINT=$endpoint PYTHONDONTWRITEBYTECODE=1 "$environment/bin/python" -m unittest -v test_kvs
