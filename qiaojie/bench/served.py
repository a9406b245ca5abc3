"""The product's settings with the bare views beside its own: what the server of the bench runs on."""

from qiaojie.config.settings import *  # noqa: F403

ROOT_URLCONF = "qiaojie.bench.bare_pages"
DEBUG = False
SECURE_SSL_REDIRECT = False
