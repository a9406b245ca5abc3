"""The product with the bare views beside its own: what the server of the bench serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiaojie.config.settings")
settings.ROOT_URLCONF = "qiaojie.bench.bare_pages"
application = get_wsgi_application()
