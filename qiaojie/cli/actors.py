"""Who acts at the command line."""

from __future__ import annotations

import argparse

from django.utils.translation import gettext as _

from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.lib.findings import Unusable


def actor(options: argparse.Namespace) -> SystemViewer | UserViewer:
    """The account of ``--as``, or the system account. Raises Unusable ``user_unknown``."""
    if options.actor is None:
        return SystemViewer()
    user = (
        User.objects.select_related("agency__region").filter(username=options.actor, is_active=True).first()
    )
    if user is None:
        raise Unusable("user_unknown", _("没有账号“%s”，或账号已停用。") % options.actor)
    return UserViewer(user)
