"""The entry that a web server calls."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiaojie.config.settings")

application = get_wsgi_application()

# Once the apps are there: what is written to the access log from here on is sealed within a second.
from qiaojie.accounts import sealing  # noqa: E402
from qiaojie.declared import running  # noqa: E402
from qiaojie.keys import standing  # noqa: E402
from qiaojie.lib import discreet_errors  # noqa: E402
from qiaojie.lib.findings import Unusable  # noqa: E402
from qiaojie.storage import faults  # noqa: E402

discreet_errors.install()
try:
    standing.demand()
    running.take_up()
except Unusable as problem:
    # Whichever server loads this: one line, and no page is served.
    sys.exit(problem.message)
except faults.TROUBLE as error:
    # Without its database the site says so on every page, as long as that may pass by itself.
    fault = faults.of(error)
    if fault is None or not fault.passing:
        sys.exit(fault.message if fault is not None else discreet_errors.place(error))
sealing.keep_sealing()
