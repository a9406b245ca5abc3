#!/bin/sh
# One file with all that a machine without a network needs: scripts/package.sh [FOLDER], by default dist/.
# Wheels of what is pinned in requirements.lock for this machine's Python and platform, the product, the installer, checksums.
# WHEELS=FOLDER takes them from there and asks no index; VERSION=NAME names the package otherwise than pyproject.toml.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(mkdir -p "${1:-$root/dist}" && cd "${1:-$root/dist}" && pwd)
python=${PYTHON:-$root/.venv/bin/python}
version=${VERSION:-$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/pyproject.toml")}
tag=$("$python" -c 'import sys, sysconfig; print(f"cp{sys.version_info[0]}{sys.version_info[1]}-{sysconfig.get_platform()}")')
name=qiaojie-$version-$tag
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
box=$work/$name
mkdir -p "$box/wheels" "$box/app"

echo "Collecting wheels for $tag ..."
if [ -n "${WHEELS:-}" ]; then
    cp "$WHEELS"/*.whl "$box/wheels/"
else
    # What is downloaded is held against the hashes of the lock; what has no wheel is built here, once.
    "$python" -m pip --disable-pip-version-check -q wheel --require-hashes --no-deps --no-build-isolation \
        -r "$root/requirements.lock" -w "$box/wheels"
fi

# The package's own lock: the hashes of the wheels that lie in it.
"$python" - "$box/wheels" > "$box/wheels.lock" <<'PY'
import hashlib
import pathlib
import sys

for wheel in sorted(pathlib.Path(sys.argv[1]).glob("*.whl")):
    name, version = wheel.name.split("-")[:2]
    print(f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
PY

echo "Collecting the product ..."
(cd "$root" && tar --exclude='__pycache__' --exclude='*.pyc' --exclude='*.egg-info' -cf - \
    qiaojie notices codes systems docs scripts pyproject.toml requirements.in requirements.lock README.md README.zh-CN.md) \
    | tar -xf - -C "$box/app"
cp "$root/scripts/install.sh" "$box/install.sh"
echo "$version" > "$box/VERSION"
echo "$tag" > "$box/PLATFORM"
(cd "$box" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > SHA256SUMS)
tar -C "$work" -czf "$out/.$name.part" "$name"
mv "$out/.$name.part" "$out/$name.tar.gz"
(cd "$out" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")
echo "$out/$name.tar.gz"
