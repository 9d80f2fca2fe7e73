#!/bin/sh
# Puts Presidio's analyser into a virtual environment of its own, for `trunkline bench redaction`.
# Needs Python 3.10 or newer with venv, and reaches PyPI once. Nothing else of the machine changes.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${TRUNKLINE_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/trunkline}
place=$cache/presidio

python3 -m venv "$place"
# Wheels alone: a package's own set-up code is not run.
"$place/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement "$here/requirements.txt"
echo "$place/bin/python"
