#!/bin/sh
# Makes a virtual environment: venv.sh PYTHON FOLDER. Debian splits off the part of Python that can do so.
set -eu
python=$1
folder=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed, and '$python' is not. Name another one: make PYTHON=python3.12 ..." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    scripts/apt.sh "$package"
fi
"$python" -m venv --clear "$folder"
