#!/bin/sh
# Opens the console of a running demo in Chromium: live words, masks, sound, and a socket that drops.
#
# usage: scripts/test-console.sh BINARY
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/environment.sh"

binary=${1:?"usage: scripts/test-console.sh BINARY"}
output=$(mktemp)
"$binary" demo --listen 127.0.0.1:0 >"$output" 2>&1 &
demo=$!
trap 'kill -INT $demo 2>/dev/null || true; wait $demo 2>/dev/null || true; rm -f "$output"' EXIT

url=''
tries=600
while [ -z "$url" ]; do
    url=$(sed -n 's/^Console: //p' "$output")
    tries=$((tries - 1))
    if [ "$tries" = 0 ] || ! kill -0 $demo 2>/dev/null; then
        echo "the demo did not start:"
        cat "$output"
        exit 1
    fi
    [ -n "$url" ] || sleep 0.2
done
cd "$root/web"
TRUNKLINE_URL=$url TRUNKLINE_PATIENCE_MS=120000 npm run --silent e2e -- real
