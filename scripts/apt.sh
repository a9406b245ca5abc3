#!/bin/sh
# Installs those of the named Debian packages that are missing, or says which command would: apt.sh PACKAGE...
set -eu

missing=
for package in "$@"; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "Missing. Please run:  sudo apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
echo "Installing$missing ..."
# Package names hold no spaces, and each must be a word of its own.
# shellcheck disable=SC2086
if ! { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $missing; } \
        >"${TMPDIR:-/tmp}/qiaojie-apt.$$" 2>&1; then
    cat "${TMPDIR:-/tmp}/qiaojie-apt.$$" >&2
    rm -f "${TMPDIR:-/tmp}/qiaojie-apt.$$"
    echo "Failed:  apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
rm -f "${TMPDIR:-/tmp}/qiaojie-apt.$$"
