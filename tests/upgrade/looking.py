"""Pages that an old database must still show: ``python -m tests.upgrade.looking`` prints JSON, address → status.

Somebody signs in with the password of that time and looks; where a page leads on to another one, that one counts.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import django
from django.test import Client

ACCOUNTS = ("city-approver", "shizhu-clerk")
"""Who looks: somebody of the whole area, and a clerk (the others of the programme have changed since)."""

PERSONS = 5
"""So many persons' pages are looked at."""


def looked() -> dict[str, int]:
    """Each address that was asked for, and how it was answered in the end."""
    from qiaojie.demo.offices import PASSWORD

    found: dict[str, int] = {}
    for username in ACCOUNTS:
        # What breaks is an answer too: it is told with the others.
        client = Client(raise_request_exception=False)
        answer = client.post("/sign-in/", {"username": username, "password": PASSWORD})
        found[f"{username} signs in"] = (
            200 if answer.status_code == 302 and answer["Location"] == "/" else 403
        )
        found[f"{username} /"] = client.get("/", follow=True).status_code
        if username == ACCOUNTS[0]:
            found |= {address: client.get(address, follow=True).status_code for address in addresses()}
            found |= {
                f"{name} opens": client.post(name, {"purpose": "核对"}).status_code for name in papers()
            }
    return found


def addresses() -> Iterator[str]:
    """Pages of everything that somebody registered or handed in, and those that sum it up."""
    from qiaojie.comparison.models import OutsideList
    from qiaojie.intake.models import Upload
    from qiaojie.ledgers import declaration
    from qiaojie.notices import queries as notices
    from qiaojie.people.models import Person, RelocationList
    from qiaojie.training.models import TrainingClass

    for notice in notices.every():
        yield f"/notices/{notice.code}/"
        if notice.indicators:
            yield f"/board/{notice.code}/"
    for upload in Upload.objects.order_by("pk"):
        yield f"/intake/{upload.pk}/"
    for person in Person.objects.order_by("pk")[:PERSONS]:
        yield f"/persons/{person.pk}/"
    for ledger in declaration.every():
        yield f"/ledgers/{ledger.code}/"
        # A ledger that came later has no rows yet.
        for row in ledger.model._base_manager.order_by("pk")[:1]:
            yield f"/ledgers/{ledger.code}/{row.pk}/history/"
    held = TrainingClass.objects.filter(enrolments__attendances__isnull=False).order_by("pk")[0]
    yield f"/classes/{held.pk}/"
    yield f"/comparisons/{OutsideList.objects.order_by('-pk')[0].pk}/"
    for moved in RelocationList.objects.order_by("pk"):
        yield f"/relocations/{moved.pk}/"
    for page in ("intake/", "intake/waiting/", "duties/", "disputes/", "corrections/", "exports/"):
        yield f"/{page}"
    for page in ("relocations/", "persons/doubts/", "approval/", "ledgers/employments/changes/"):
        yield f"/{page}"


def papers() -> Iterator[str]:
    """The documents of which a file is kept, whole."""
    from qiaojie.documents.models import Document

    for document in Document.objects.exclude(state="withdrawn").order_by("pk"):
        if not document.boxed:
            yield f"/documents/{document.pk}/whole/"


def main() -> None:
    """Print what was seen."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "qiaojie.config.settings"
    django.setup()
    from django.conf import settings

    # The test client asks for a host of its own.
    settings.ALLOWED_HOSTS = ["testserver"]
    json.dump(looked(), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
