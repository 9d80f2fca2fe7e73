#!/bin/sh
# Kills, pauses and takes away: live calls on a fleet of workers over PostgreSQL and Redis, and what was lost.
#
# usage: scripts/test-fleet.sh [TRUNKLINE_BINARY]
# Without a binary it builds one. TRUNKLINE_E2E_ONLY=kill,pause,term,redis,postgres,streams,recogniser runs some drills;
# TRUNKLINE_E2E_LONG=1 takes each thing that calls depend on away for a minute; TRUNKLINE_E2E_FOLDER=DIR keeps the logs.
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
    echo "test-fleet: $binary is not there: build it with cargo build -p trunkline, or name another" >&2
    exit 2
fi
case $binary in
    /*) ;;
    *) binary=$PWD/$binary ;;
esac

TRUNKLINE_BIN=$binary exec cargo test --quiet --locked --package e2e --test faults -- --ignored --nocapture
