# Where things are kept, and which Node is used. To be sourced by the other scripts, with $root set.
#
# Everything that is fetched once lives in $TRUNKLINE_CACHE (default ~/.cache/trunkline), so that a fresh checkout
# on the same machine is quick and works offline.

: "${HOME:?}"
TRUNKLINE_CACHE=${TRUNKLINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/trunkline}
export TRUNKLINE_CACHE

# A toolchain that rustup has just put there is not on the PATH of this shell yet.
if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
fi

node_is_new_enough() {
    command -v node >/dev/null && command -v npm >/dev/null &&
        node -e 'const [a, b] = process.versions.node.split(".").map(Number);
                 process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

if ! node_is_new_enough && [ -x "$TRUNKLINE_CACHE/node/bin/node" ]; then
    PATH=$TRUNKLINE_CACHE/node/bin:$PATH
fi
export PATH

target=${CARGO_TARGET_DIR:-$root/target}

# Prints the hash of all that is read from standard input.
hash_of() {
    sha256sum | cut -d' ' -f1
}
