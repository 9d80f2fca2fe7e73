#!/bin/sh
# Builds the console into web/apps/console/dist, when what it is built from has changed.
#
# usage: scripts/console.sh [--packages-only]
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/environment.sh"
cd "$root/web"

if ! node_is_new_enough; then
    echo "console: Node 20.19 or newer is needed: run scripts/setup.sh" >&2
    exit 1
fi

# The packages, when the lock file or a list of them has changed.
lists=$(find . -name node_modules -prune -o -name package.json -print | LC_ALL=C sort)
# shellcheck disable=SC2086 # a list of words
wanted=$(cat package-lock.json $lists | hash_of)
stamp=node_modules/.trunkline-packages
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
    echo "console: fetching its packages"
    npm ci --no-audit --no-fund --loglevel=error || {
        echo "console: npm could not fetch the packages; this needs the network once" >&2
        exit 1
    }
    echo "$wanted" >"$stamp"
fi
[ "${1:-}" != --packages-only ] || exit 0

wanted=$(find apps/console packages tsconfig.base.json package-lock.json \
    \( -name node_modules -o -name dist \) -prune -o -type f -print | LC_ALL=C sort |
    while read -r file; do sha256sum "$file"; done | hash_of)
stamp=node_modules/.trunkline-console
if [ ! -f apps/console/dist/index.html ] || [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
    echo "console: building"
    npm run --silent build
    echo "$wanted" >"$stamp"
fi
