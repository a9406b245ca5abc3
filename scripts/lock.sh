#!/bin/sh
# Resolves requirements*.in for Python 3.11 and up, with hashes and without addresses: lock.sh PYTHON
set -eu

# The resolver is needed only here, so it lives in an environment that is thrown away.
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"$1" -m venv "$tools"
"$tools/bin/python" -m pip install -qq --disable-pip-version-check uv

compile() {
    "$tools/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.11 \
        --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links "$@"
}
compile -o requirements.lock requirements.in
# What tests run on is exactly what the product runs on.
compile -o requirements-dev.lock --constraints requirements.lock requirements-dev.in
