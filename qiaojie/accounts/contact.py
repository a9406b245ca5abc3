"""Whom to ask about accounts and passwords: written by an administrator, read by whoever cannot get in."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.viewer import Action, Viewer, demand, refuse
from qiaojie.lib.findings import Unusable

from .models import Agency, Contact, User

SUBJECT = "contact"
KEPT = 20
"""Entries that the settings page shows: who it was in the last years."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom to ask. ``contact`` is None where nobody has been entered; ``command`` makes the first account of an installation
    that has none, and is '' for any other."""

    contact: Contact | None
    command: str = ""


def whom() -> Whom:
    """Whom somebody asks who cannot get in. One query, two where nobody has been entered."""
    held = Contact.objects.order_by("-pk").first()
    if held is not None or User.objects.exists():
        return Whom(held)
    return Whom(None, _("qiaojie account 账号 --holder 姓名 --role system --region 区域 --agency 机构全称"))


def history(viewer: Viewer) -> list[Contact]:
    """What was entered, the latest first. Raises Refused."""
    _demand_everywhere(viewer)
    return list(Contact.objects.order_by("-pk")[:KEPT])


def may_settle(viewer: Viewer) -> bool:
    """Whether the viewer administers all agencies: the page stands before everybody's door."""
    return viewer.may(Action.ADMINISTER) and not Agency.objects.exclude(viewer.scope("region")).exists()


def settle(viewer: Viewer, name: str, office: str, telephone: str) -> Contact:
    """Say who is to be asked from now on. Raises Unusable ``name_missing``, ``telephone_wrong``; Refused but for whoever
    administers all agencies."""
    _demand_everywhere(viewer)
    given = {"name": name.strip(), "office": office.strip(), "telephone": telephone.strip()}
    if not given["name"] or len(given["name"]) > 50 or len(given["office"]) > 100:
        raise Unusable("name_missing", _("请填写联系人（不超过 50 个字），科室不超过 100 个字。"))
    if len(given["telephone"]) > 40 or any(sign not in _SIGNS for sign in given["telephone"]):
        raise Unusable("telephone_wrong", _("联系电话只写数字、空格和 + - ( ) 、，不超过 40 个字。"))
    with permitted(viewer, Action.ADMINISTER, SUBJECT, registry=False) as change:
        made = Contact.objects.create(**given, by=viewer.name)
        change.created(Contact, [made.pk], told=False)
    return made


_SIGNS = frozenset("0123456789 +-()（）、，,转")


def _demand_everywhere(viewer: Viewer) -> None:
    demand(viewer, Action.ADMINISTER, SUBJECT)
    if not may_settle(viewer):
        refuse(viewer, Action.ADMINISTER, SUBJECT)
