#!/bin/sh
# Builds the trunkline program that can keep its jobs in Temporal: crates/temporal-jobs/program.
#
# usage: scripts/build-temporal.sh [CARGO_ARGUMENTS]     (default: build --release)
# What it shares with the default build has the versions of the default build's lock file.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
program=$root/crates/temporal-jobs/program
cp "$root/Cargo.lock" "$program/Cargo.lock"
cd "$program"
if [ $# -eq 0 ]; then
    set -- build --release
fi
exec cargo "$@"
