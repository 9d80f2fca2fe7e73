#!/bin/sh
# Builds the packages of the Lambda function media-trigger for provided.al2023, with cargo and Python's zip alone.
#
# usage: scripts/build-lambda.sh [--profile NAME]
#
# One package for each processor that this machine's Rust can build for: x86_64, arm64. They are written to
# target/lambda/PROCESSOR/media-trigger.zip; the same sources and compiler give the same bytes. The profile is release
# unless told.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/environment.sh"
cd "$root"

# The C library of Amazon Linux 2023. What is linked against a newer one may not start there.
newest_glibc=2.34

case "$#:${1:-}" in
0:) profile=release ;;
2:--profile) profile=$2 ;;
*)
    echo "usage: scripts/build-lambda.sh [--profile NAME]" >&2
    exit 2
    ;;
esac
for tool in cargo rustc python3; do
    if ! command -v "$tool" >/dev/null; then
        echo "build-lambda: $tool is needed" >&2
        exit 2
    fi
done

host=$(rustc -vV | sed -n 's/^host: //p')
CARGO_PROFILE_RELEASE_STRIP=symbols
export CARGO_PROFILE_RELEASE_STRIP

# can_build TARGET: whether Rust has the target's library.
can_build() {
    [ -d "$(rustc --print target-libdir --target "$1")" ]
}

# newer_glibc FILE: the newest version of the C library that a program asks for, if that is too new.
newer_glibc() {
    wanted=$(grep -aoE 'GLIBC_2\.[0-9]+' "$1" | sed 's/GLIBC_//' | sort -V | tail -n 1)
    newest=$(printf '%s\n%s\n' "$newest_glibc" "$wanted" | sort -V | tail -n 1)
    [ "$newest" = "$newest_glibc" ] || echo "$wanted"
}

# package BINARY ZIP: the zip holds the binary as its executable bootstrap, with no time of today in it.
package() {
    python3 - "$1" "$2" <<'PYTHON'
import sys, zipfile

binary, package = sys.argv[1:]
entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
entry.create_system = 3
entry.external_attr = 0o100755 << 16
entry.compress_type = zipfile.ZIP_DEFLATED
with open(binary, "rb") as program, zipfile.ZipFile(package, "w") as out:
    out.writestr(entry, program.read(), compresslevel=9)
PYTHON
}

# build TARGET PROCESSOR
build() {
    binary=$target
    if [ "$1" = "$host" ]; then
        cargo build --quiet --locked --package media-trigger --profile "$profile"
    else
        cargo build --quiet --locked --package media-trigger --profile "$profile" --target "$1"
        binary=$target/$1
    fi
    case $profile in
    dev) binary=$binary/debug/media-trigger ;;
    *) binary=$binary/$profile/media-trigger ;;
    esac
    too_new=$(newer_glibc "$binary")
    if [ -n "$too_new" ]; then
        echo "build-lambda: the program needs glibc $too_new, and provided.al2023 has $newest_glibc:" \
            "build on Amazon Linux 2023, Debian 12 or older" >&2
        return 1
    fi
    mkdir -p "$target/lambda/$2"
    package "$binary" "$target/lambda/$2/media-trigger.zip"
    echo "$target/lambda/$2/media-trigger.zip: $(wc -c <"$target/lambda/$2/media-trigger.zip") bytes"
}

built=0
for pair in x86_64-unknown-linux-gnu:x86_64 aarch64-unknown-linux-gnu:arm64; do
    triple=${pair%%:*}
    processor=${pair##*:}
    compiler=${triple%%-*}-linux-gnu-gcc
    if ! can_build "$triple"; then
        echo "$processor: left out; to have it: rustup target add $triple"
    elif [ "$triple" != "$host" ] && ! command -v "$compiler" >/dev/null; then
        echo "$processor: left out; to have it, install $compiler (Debian: the package gcc-${triple%%-*}-linux-gnu)"
    else
        if [ "$triple" != "$host" ]; then
            name=$(echo "$triple" | tr 'a-z-' 'A-Z_')
            export "CARGO_TARGET_${name}_LINKER=$compiler"
        fi
        build "$triple" "$processor"
        built=$((built + 1))
    fi
done
[ "$built" -gt 0 ]
