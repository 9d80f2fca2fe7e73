#!/bin/sh
# Runs every check in order and says at the end which failed.
#
# usage: scripts/test.sh
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/environment.sh"
cd "$root" || exit 2

failed=''
passed=0
began=$(date +%s)

# check TITLE COMMAND...: runs it under its title.
check() {
    title=$1
    shift
    printf '\n=== %s\n' "$title"
    start=$(date +%s)
    if "$@"; then
        passed=$((passed + 1))
        echo "--- $title: passed in $(($(date +%s) - start)) s"
    else
        failed="$failed
  - $title"
        echo "--- $title: FAILED after $(($(date +%s) - start)) s"
    fi
}

rust_docs() {
    RUSTDOCFLAGS='-D warnings' cargo doc --quiet --workspace --no-deps --locked
}

rust_tests() {
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --workspace --locked --no-fail-fast --status-level fail --final-status-level fail
    else
        echo "cargo-nextest is not installed: running with cargo test"
        cargo test --quiet --workspace --all-targets --locked --no-fail-fast
    fi
}

web() {
    (cd web && npm run --silent "$1")
}

binary=$target/debug/trunkline

check 'console' scripts/console.sh
check 'rust: format' cargo fmt --all --check
check 'rust: clippy' cargo clippy --quiet --workspace --all-targets --locked -- -D warnings
check 'rust: docs' rust_docs
check 'repository: tidy' cargo xtask tidy
check 'repository: licences' cargo xtask licences
check 'rust: tests' rust_tests
check 'simulation: 400 seeds' cargo xtask sim --from 14 --seeds 400
check 'rust: examples in docs' cargo test --quiet --workspace --doc --locked
check 'web: lint, types, tests, size' web check
check 'rust: build' cargo build --quiet --locked --package trunkline
check 'kvs: boto3, ffprobe, mkvinfo' scripts/test-boto3.sh "$binary"
check 'web: Chromium, scripted server' web e2e
check 'web: Chromium, running demo' scripts/test-console.sh "$binary"
check 'gate: instructions per call-second' scripts/test-callgrind.sh
check 'demo: every sample call' "$binary" demo --once
check 'remains: every byte that a server wrote' scripts/test-remains.sh "$binary"
check 'subscriptions: a server, and the SDK over a broken network' scripts/test-conformance.sh "$binary"
check 'fleet: kills, pauses, outages' scripts/test-fleet.sh "$binary"

printf '\n'
if [ -n "$failed" ]; then
    echo "failed:$failed"
fi
count=$(printf '%s' "$failed" | grep -c '^  - ')
echo "checks: $passed passed, $count failed, in $(($(date +%s) - began)) s"
[ "$count" = 0 ]
