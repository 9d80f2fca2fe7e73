#!/bin/sh
# Counts the instructions of demux and session per call-second and fails when they exceed the limit.
#
# The count is the slope between two lengths, so what happens once does not count, and it is the same on a busy
# machine.
#
# usage: scripts/test-callgrind.sh
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/environment.sh"
cd "$root"

# Measured plus a tenth; see docs/performance.md.
limit=$(cat testing/gates/instructions-per-call-second)

if ! command -v valgrind >/dev/null; then
    echo "valgrind is missing: run scripts/setup.sh test, or install it"
    exit 1
fi
cargo build --quiet --release --locked --package gates
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# instructions FRAGMENTS
instructions() {
    "$target/release/gates" write "$1" "$folder/stream"
    valgrind --tool=callgrind --callgrind-out-file="$folder/out" "$target/release/gates" carry "$folder/stream" \
        2>"$folder/log" ||
        { cat "$folder/log" >&2; return 1; }
    sed -n 's/.*Collected : //p' "$folder/log"
}

short=$(instructions 100)
long=$(instructions 300)
# 200 fragments of 1.024 s.
per_second=$(((long - short) * 1000 / (200 * 1024)))
echo "instructions per call-second: $per_second (limit $limit)"
[ "$per_second" -le "$limit" ] || {
    echo "more than the limit: find out why, or raise testing/gates/instructions-per-call-second and say why"
    exit 1
}
