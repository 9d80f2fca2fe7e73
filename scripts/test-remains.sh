#!/bin/sh
# Calls full of secrets through a whole server, and then every byte that it wrote is read: none may hold a secret.
#
# usage: scripts/test-remains.sh [TRUNKLINE_BINARY]
# Without a binary it builds one.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/environment.sh"
cd "$root"

binary=${1:-${TRUNKLINE_BIN:-}}
if [ -z "$binary" ]; then
    cargo build --quiet --locked --package trunkline
    binary=$target/debug/trunkline
fi
if [ ! -x "$binary" ]; then
    echo "test-remains: $binary is not there: build it with cargo build -p trunkline, or name another" >&2
    exit 2
fi
case $binary in
    /*) ;;
    *) binary=$PWD/$binary ;;
esac

TRUNKLINE_BIN=$binary exec cargo test --quiet --locked --package e2e --test remains -- --ignored --nocapture
