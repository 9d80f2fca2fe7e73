#!/bin/sh
# Measures the time from the words that call for a card to the card on the screen of a real browser: a server with
# local models, the sample calls in real time, a desk in Chromium for each of them. Takes about a minute a round.
#
# usage: scripts/measure-hints.sh BINARY [ROUNDS]      JSON goes to $TRUNKLINE_OUTPUT, when that is set
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/environment.sh"

binary=${1:?"usage: scripts/measure-hints.sh BINARY [ROUNDS]"}
rounds=${2:-3}
folder=$(mktemp -d)
"$binary" serve --listen 127.0.0.1:0 --kvs-listen 127.0.0.1:0 --data "$folder/data" >"$folder/serve" 2>&1 &
server=$!
trap 'kill -INT $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$folder"' EXIT

# said WORD: what the server says after that word, once it does.
said() {
    tries=600
    while ! grep -q "^$1 " "$folder/serve"; do
        tries=$((tries - 1))
        if [ "$tries" = 0 ] || ! kill -0 $server 2>/dev/null; then
            echo "the server did not start:" >&2
            cat "$folder/serve" >&2
            exit 1
        fi
        sleep 0.2
    done
    sed -n "s/^$1 *//p" "$folder/serve"
}

url=$(said console)
trigger=$(said trigger)
streams=$(said streams)
(cd "$root/web/e2e" && TRUNKLINE_URL=$url TRUNKLINE_CALLS=$((rounds * 3)) \
    npx playwright test --config latency.config.ts) &
measuring=$!
"$binary" call --samples --times "$rounds" --kvs "$streams" --trigger "$trigger" --stagger 1500 >/dev/null
wait $measuring
