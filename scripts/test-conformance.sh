#!/bin/sh
# Proves a server over all three transports, and the SDK against a network that breaks in ten ways.
#
# usage: scripts/test-conformance.sh BINARY [node|chromium]...      node unless told; five minutes each
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/environment.sh"

binary=${1:?"usage: scripts/test-conformance.sh BINARY [node|chromium]..."}
shift
[ $# -gt 0 ] || set -- node
folder=$(mktemp -d)
server=''
stop() {
    [ -z "$server" ] || kill -INT "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    server=''
}
trap 'stop; rm -rf "$folder"' EXIT

# address FILE PATTERN: the address that a server says, once it does.
address() {
    tries=300
    while ! grep -q "$2" "$1"; do
        tries=$((tries - 1))
        if [ "$tries" = 0 ] || ! kill -0 "$server" 2>/dev/null; then
            echo "the server did not start:" >&2
            cat "$1" >&2
            exit 1
        fi
        sleep 0.2
    done
    sed -n "s/.*\(http:\/\/[0-9.:]*\).*/\1/p" "$1" | head -n 1
}

"$binary" emulate --listen 127.0.0.1:0 >"$folder/emulate" 2>&1 &
server=$!
"$binary" conformance "$(address "$folder/emulate" '^console')"
stop

for where in "$@"; do
    "$binary" conformance --client --listen 127.0.0.1:0 >"$folder/judge" 2>&1 &
    server=$!
    CONFORMANCE_URL=$(address "$folder/judge" 'waiting for a client')
    export CONFORMANCE_URL
    (cd "$root/web" && npm run --silent conformance -w @trunkline/client -- "$where")
    wait "$server" || { cat "$folder/judge"; exit 1; }
    server=''
done
