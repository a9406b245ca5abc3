#!/bin/sh
# What `make test` needs besides Python packages. The product itself runs without any of it.
set -eu

# chromium             drives the screens
# libatomic1           what Playwright's own Node.js is linked against
# postgresql           the second database; the tests start a throw-away cluster of their own
# libreoffice-*        an office program that opens and prints the forms, as the agencies do
# fonts-noto-cjk       Chinese characters for all of them, and for the forms as PDF
exec scripts/apt.sh \
    chromium libatomic1 \
    postgresql \
    libreoffice-calc libreoffice-writer \
    fonts-noto-cjk
