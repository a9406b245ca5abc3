"""The documents of a row as its page shows them, and the form there by which more are handed in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from qiaojie.documents import handing_in, queries
from qiaojie.documents.handing_in import AT_ONCE, HandedIn
from qiaojie.documents.models import Document, DocumentKind
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.crypto import keyring
from qiaojie.web.requests import DeskRequest

ACCEPT: Final = "image/jpeg,image/png,image/webp,application/pdf,.pdf,.docx,.xlsx,.ofd"
"""What a browser offers to choose. Not just any picture: a phone that is told which ones turns its own format into JPEG, and
offers the camera as well as the pictures that it has."""

PLACE: Final = "hand-in"
"""The place on a row's page where documents are handed in."""

_OUTCOME: Final = "handed_in"
"""Under which a session keeps, until the row's page has shown it, what became of files handed in there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of files handed in on a row's page: in words, and what was put into the form."""

    said: str
    left: tuple[str, ...]
    asked: Mapping[str, str]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperForm:
    """The form by which documents are handed in: where it goes, the kind it begins with, the day of what says none itself.
    ``open`` is whether it stands open when the page comes."""

    address: str
    kinds: tuple[tuple[str, Any], ...]
    kind: str
    otherwise: str
    today: date
    described: str
    outcome: Outcome | None
    box: str = ""
    open: bool = False
    files: int = AT_ONCE
    accept: str = ACCEPT

    @property
    def megabytes(self) -> int:
        """How large one file may be."""
        return megabytes()


@dataclass(frozen=True, slots=True)
class Papers:
    """The documents of a row as its page shows them: photos apart from what is only named; ``form`` is how more are handed in
    (None where the viewer may not)."""

    photos: tuple[Document, ...]
    others: tuple[Document, ...]
    form: PaperForm | None

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.photos) + len(self.others)


def megabytes() -> int:
    """How large one file may be."""
    return int(settings.QIAOJIE_DOCUMENT_MB)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page of a row knows of the paper that is handed in next: its kind, its day; ``open`` where somebody asked
    for it."""

    kind: str
    day: date
    open: bool = False


def papers(
    request: DeskRequest,
    ledger: Ledger,
    pk: int,
    found: list[Document] | None = None,
    asked: Asked | None = None,
) -> Papers | None:
    """The documents of a row of the viewer's (``found`` where they are known); None where the ledger's rows have none."""
    if not ledger.documented:
        return None
    held = queries.of_rows({ledger.code: [pk]}, request.viewer) if found is None else found
    return Papers(
        tuple(one for one in held if one.pictured),
        tuple(one for one in held if not one.pictured),
        _form(request, ledger, pk, held, asked) if request.viewer.may(Action.ENTER) else None,
    )


def keep_outcome(request: DeskRequest, ledger: Ledger, pk: int, taken: HandedIn) -> None:
    """Remember what became of files until the page of the row shows it, at the form that they came from."""
    asked = {name: request.POST.get(name, "")[:500] for name in ("kind", "described", "otherwise", "box")}
    outcome = {
        "row": [ledger.code, pk],
        "said": taken.said,
        "left": list(taken.left),
        "doubts": list(taken.doubts),
        "asked": asked if taken.left else {},
    }
    # The names of files are often people's.
    request.session[_OUTCOME] = keyring().encrypt(json.dumps(outcome), _OUTCOME).hex()


def _form(
    request: DeskRequest, ledger: Ledger, pk: int, held: list[Document], asked: Asked | None
) -> PaperForm:
    outcome = _outcome(request, ledger, pk)
    typed = outcome.asked if outcome is not None else {}
    begins = asked or Asked(
        handing_in.first_kind(ledger, pk, held), handing_in.day_of(ledger, pk, request.viewer)
    )
    return PaperForm(
        reverse("add-documents", args=[ledger.code, pk]),
        tuple(DocumentKind.choices),
        typed.get("kind") or begins.kind,
        typed.get("otherwise") or begins.day.isoformat(),
        timezone.localdate(),
        typed.get("described", ""),
        outcome,
        typed.get("box", ""),
        begins.open or bool(outcome and outcome.left),
    )


def _outcome(request: DeskRequest, ledger: Ledger, pk: int) -> Outcome | None:
    sealed = request.session.get(_OUTCOME)
    if not sealed:
        return None
    kept = json.loads(keyring().decrypt(bytes.fromhex(sealed), _OUTCOME))
    if kept["row"] != [ledger.code, pk]:
        return None
    del request.session[_OUTCOME]
    return Outcome(kept["said"], tuple(kept["left"]), kept["asked"], tuple(kept.get("doubts", ())))
