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

# The packages, when the lock file or a list of them has changed, or some of what was installed is gone. The stamp
# lies among them, but a folder can be lost without it: npm's own list names what must be there.
packages_are_there() {
    node -e '
        const { existsSync, readFileSync } = require("node:fs");
        const { packages } = JSON.parse(readFileSync("node_modules/.package-lock.json", "utf8"));
        const gone = Object.entries(packages).find(([path, about]) => !about.optional && !existsSync(path));
        process.exit(gone ? 1 : 0)' 2>/dev/null
}
lists=$(find . -name node_modules -prune -o -name package.json -print | LC_ALL=C sort)
# shellcheck disable=SC2086 # a list of words
wanted=$(cat package-lock.json $lists | hash_of)
stamp=node_modules/.trunkline-packages
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ] || ! packages_are_there; then
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
