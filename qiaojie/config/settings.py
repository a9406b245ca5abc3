"""Django settings. Everything a deployer may set comes from the environment and is listed in docs/settings.md."""

from __future__ import annotations

from os import pathsep as _pathsep
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from qiaojie.backups import swaps as _swaps
from qiaojie.keys import taking as _keys_taking
from qiaojie.lib import practice as _practice
from qiaojie.storage import modes as _modes

from . import databases as _databases
from . import given as _given
from . import secrets as _secrets

# Before anything is written: what this process makes is its owner's alone.
_modes.keep_private()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
HOME = Path(_given.text("QIAOJIE_HOME", str(BASE_DIR / "var")))
OWN_NOTICES = HOME / "notices"
"""Notices of this installation alone; the demo writes its own there."""
NOTICE_DIRS = [
    *_given.paths("QIAOJIE_NOTICES", BASE_DIR / "notices"),
    OWN_NOTICES,
]
OWN_LEDGERS = HOME / "ledgers"
"""Ledgers of this installation alone; those drafted on the screen are written there."""
LEDGER_DIRS = [*_given.paths("QIAOJIE_LEDGERS", BASE_DIR / "ledgers"), OWN_LEDGERS]
OWN_CODES = HOME / "codes"
"""Code lists of this installation alone; a file of a name that is shipped adds to that list."""
CODE_DIRS = [*_given.paths("QIAOJIE_CODES", BASE_DIR / "codes"), OWN_CODES]
SYSTEM_DIRS = _given.paths("QIAOJIE_SYSTEMS", BASE_DIR / "systems")

# A restore that was broken off while files took the place of others is carried through before any of them is opened.
_swaps.finish(HOME)
_kept = _secrets.load(HOME)
_place = _practice.read(HOME)
QIAOJIE_PRACTICE = _place is not None
"""Whether this is a place to practise on made-up people. A file in the home decides it, and no setting undoes it."""
QIAOJIE_PRACTICE_ACCOUNTS = list(_place.accounts) if _place else []
QIAOJIE_PRACTICE_URL = _given.text("QIAOJIE_PRACTICE_URL", "")
"""Where one may practise, for the pages of the real place."""
QIAOJIE_REAL_URL = _given.text("QIAOJIE_REAL_URL", _place.real if _place else "")
"""Where the real place is, for the pages of the one to practise."""

# A practice place signs with its own key: what was signed there is worth nothing elsewhere.
QIAOJIE_OWN_SIGNING = "" if _place else _given.text("QIAOJIE_SECRET_KEY", "")
"""The signing key of the environment; '' where that of ``keys.json`` signs."""
SECRET_KEY = QIAOJIE_OWN_SIGNING or _kept.signing
SECRET_KEY_FALLBACKS = [] if QIAOJIE_OWN_SIGNING else _kept.signing_before
QIAOJIE_KEYS = _kept.field_keys
QIAOJIE_KEYS_BOUND = _kept.bound
QIAOJIE_KEYS_VERIFYING = _kept.verifying
QIAOJIE_CIPHER = _kept.cipher or _given.choice("QIAOJIE_CIPHER", "aes", ("aes", "sm4"))
"""``aes`` (AES-256-GCM) or ``sm4`` (SM4-GCM) for new values; both are always readable. ``keys.json`` says it once
``qiaojie keys rotate`` was told one."""
QIAOJIE_KEYS_CHANGED = _keys_taking.Watch(HOME)
"""Asked by the ring about once a second; takes the settings above anew where the file is another one."""

QIAOJIE_BACKUP_TO = _given.several("QIAOJIE_BACKUP_TO", by=_pathsep)
"""Folders into which the daily backup is copied: a second disk, a share."""
QIAOJIE_BACKUP_AWAY = _given.several("QIAOJIE_BACKUP_AWAY", by=_pathsep)
"""Those of them that are off this machine, where the system cannot see that by itself: a disk that is carried away."""
QIAOJIE_BACKUP_KEPT = _given.text("QIAOJIE_BACKUP_KEPT", "7,5,12")
"""So many daily, weekly and monthly backups are kept in each place."""

DEBUG = _given.switch("QIAOJIE_DEBUG")
ALLOWED_HOSTS = _given.several("QIAOJIE_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_FAILURE_VIEW = "qiaojie.web.desk.today.unsent.forged"
CSRF_TRUSTED_ORIGINS = _given.several("QIAOJIE_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
    "ninja",
    "qiaojie.regions",
    "qiaojie.ledgers",
    "qiaojie.codes",
    "qiaojie.queue",
    "qiaojie.keys",
    "qiaojie.accounts",
    "qiaojie.backups",
    "qiaojie.people",
    "qiaojie.documents",
    "qiaojie.bases",
    "qiaojie.training",
    "qiaojie.livelihoods",
    "qiaojie.support",
    "qiaojie.declared",
    "qiaojie.declared.rows.apps.DeclaredRowsConfig",
    "qiaojie.notices",
    "qiaojie.measures",
    "qiaojie.intake",
    "qiaojie.asking",
    "qiaojie.comparison",
    "qiaojie.papers",
    "qiaojie.digests",
    "qiaojie.web",
]

MIDDLEWARE = [
    "qiaojie.web.watch.watching.Watching",
    "django.middleware.security.SecurityMiddleware",
    "qiaojie.web.middleware.Compressed",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "qiaojie.web.api.door.WithoutCookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "qiaojie.web.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "qiaojie.web.middleware.Staying",
    "qiaojie.web.middleware.Readable",
    # Private by default: a page that strangers may see says so itself.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "qiaojie.web.middleware.Viewing",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "qiaojie.config.urls"
WSGI_APPLICATION = "qiaojie.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            # No template has to load what all of them use.
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "qiaojie.web.components.tags",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

# A practice place has its rows beside its marker, whatever database the real one is told to use.
DATABASES = _databases.databases(
    "sqlite://" if _place else _given.text("QIAOJIE_DATABASE", "sqlite://"),
    HOME,
    _secrets.database_key(HOME),
)
DATABASE_ROUTERS = ["qiaojie.config.databases.SideRouter"] if "side" in DATABASES else []
QIAOJIE_VOLUME_ENCRYPTED = _given.switch("QIAOJIE_VOLUME_ENCRYPTED")
"""Whether the administrator says that the volume of the database server is encrypted, where the doctor cannot see it."""
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["qiaojie.accounts.backends.AccountBackend"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_HASHERS = ["qiaojie.accounts.credentials.hashing.TurnedArgon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "qiaojie.accounts.passwords.SimilarityValidator"},
    {"NAME": "qiaojie.accounts.passwords.LengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "qiaojie.accounts.passwords.CommonValidator"},
    {"NAME": "qiaojie.accounts.passwords.KindsValidator"},
    {"NAME": "qiaojie.accounts.passwords.NameValidator"},
    {"NAME": "qiaojie.accounts.passwords.HistoryValidator"},
]
# The accounts of a practice place are printed for everybody; nobody has to change what all others need.
QIAOJIE_PASSWORD_DAYS = 36_500 if _place else _given.whole("QIAOJIE_PASSWORD_DAYS", 90)
QIAOJIE_IDLE_MINUTES = _given.whole("QIAOJIE_IDLE_MINUTES", 30)
QIAOJIE_ONE_SESSION = _given.switch("QIAOJIE_ONE_SESSION")
QIAOJIE_EXPORT_HOURS = _given.whole("QIAOJIE_EXPORT_HOURS", 24)
QIAOJIE_API_RATE = _given.whole("QIAOJIE_API_RATE", 120)
"""How often a program may ask in a minute with one key."""
QIAOJIE_METRICS_TOKEN = _given.text("QIAOJIE_METRICS_TOKEN", "")
"""What a watcher shows for the figures at /metrics; empty: there are none."""
QIAOJIE_LOOK_UPS = _given.whole("QIAOJIE_LOOK_UPS", 120)
"""How often an account may look a person up by a whole number within an hour."""
QIAOJIE_PROXIES = _given.several("QIAOJIE_PROXIES")
"""Addresses or networks of proxies that are believed when they say for whom they ask."""

QIAOJIE_HEADS_TO = _given.several("QIAOJIE_HEADS_TO")
"""Where the heads of the access log, the journal and the digests are written too: folders, ``syslog:``, ``syslog:host:port``."""

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", _("英文"))]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LOCALE_PATHS = [BASE_DIR / "qiaojie" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
# WhiteNoise serves straight from the apps' folders: nothing to collect on one office's PC.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

WORKER_SILENCE = _given.seconds("QIAOJIE_WORKER_SILENCE", 60)
"""Seconds after which a worker that says nothing is taken for dead and its job is taken up again."""

AT_ONCE_ROWS = _given.whole("QIAOJIE_AT_ONCE_ROWS", 2_000)
"""Files of so many rows are planned, written and taken back while the page is waited for; larger ones by a worker."""

QIAOJIE_DOCUMENT_MB = _given.whole("QIAOJIE_DOCUMENT_MB", 20)
"""The largest file that is kept as evidence, in MB."""
QIAOJIE_PICTURE_MEGAPIXELS = _given.whole("QIAOJIE_PICTURE_MEGAPIXELS", 50)
"""The largest picture that is unpacked, in millions of pixels: some 200 MB of memory while it is."""

# Of forms; files are limited by ``sheets`` and go to disk as they come.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 100
FILE_UPLOAD_HANDLERS = ["qiaojie.web.upload_handler.Unnamed"]

# Behind TLS (every real deployment) cookies travel only over it; a newcomer's PC serves plain http on loopback.
_TLS = _given.switch("QIAOJIE_TLS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
# Behind TLS no other site of the domain can set or overwrite them (RFC 6265bis, 4.1.3.2): browsers take such a name only with
# Secure, for the whole site, without a domain. Cookies of one host are those of all its ports: under one name, practising would
# sign people out of the real place.
_COOKIE = ("__Host-" if _TLS else "") + ("practice_" if _place else "")
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_COOKIE}sessionid", f"{_COOKIE}csrftoken"
QIAOJIE_DEVICE_COOKIE = f"{_COOKIE}device"
"""By which a browser is known on which an account has signed in before."""
LANGUAGE_COOKIE_NAME, QIAOJIE_DISPLAY_COOKIE = f"{_COOKIE}language", f"{_COOKIE}qiaojie_display"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# What is said on the next page may name people: it stays here, and needs no cookie of its own.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Where the site is on a network, whoever sees people or administers needs a second factor.
QIAOJIE_SECOND_FACTOR = (
    "none" if _place else _given.text("QIAOJIE_SECOND_FACTOR", "people" if _TLS else "none").strip()
)
"""``none``, ``administrators``, ``people`` (administrators and whoever sees people) or ``all`` (``accounts.factors.level``)."""
SECURE_HSTS_SECONDS = 31_536_000 if _TLS else 0
# TLS ends at a proxy on the same machine, which says so; nobody else reaches the loopback address.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _TLS else None

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "qiaojie.lib.discreet_errors.DiscreetFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # The framework has ways of its own to tell of errors, with all that they say: it tells them as all others do. Statements
    # with their values are told by nobody.
    "loggers": {
        "django": {"handlers": [], "level": "WARNING"},
        "django.db.backends": {"level": "WARNING"},
    },
}

QIAOJIE_WRONG = _given.WRONG
"""Settings with a value that is none of theirs (name, what was given, what may be). The doctor names them."""
