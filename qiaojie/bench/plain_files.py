"""The product on files that are not encrypted, as it was before they were: what encrypted ones are held against.

``application`` is what the server of the bench serves; as a program it does the same as ``at_rest_import``.
"""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application


def keep_plain() -> None:
    """Have this process use Django's own way to SQLite. Before anything asks for a connection."""
    for one in settings.DATABASES.values():
        one["ENGINE"] = "django.db.backends.sqlite3"
        one["OPTIONS"] = {name: value for name, value in one["OPTIONS"].items() if name != "key"}


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiaojie.config.settings")
keep_plain()
application = get_wsgi_application()

if __name__ == "__main__":
    from qiaojie.bench import at_rest_import

    at_rest_import.main()
