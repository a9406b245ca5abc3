"""The documents of a row as its page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from qiaojie.documents import queries
from qiaojie.documents.models import Document
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.viewer import Action
from qiaojie.web.requests import DeskRequest


@dataclass(frozen=True, slots=True)
class Papers:
    """The documents of a row as its page shows them: photos apart from what is only named; ``add`` is where more are handed
    in ('' where the viewer may not)."""

    photos: tuple[Document, ...]
    others: tuple[Document, ...]
    add: str

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.photos) + len(self.others)


def papers(
    request: DeskRequest, ledger: Ledger, pk: int, found: list[Document] | None = None
) -> Papers | None:
    """The documents of a row of the viewer's (``found`` where they are known); None where the ledger's rows have none."""
    if not ledger.documented:
        return None
    held = queries.of_rows({ledger.code: [pk]}, request.viewer) if found is None else found
    may = request.viewer.may(Action.ENTER)
    return Papers(
        tuple(one for one in held if one.pictured),
        tuple(one for one in held if not one.pictured),
        reverse("add-documents", args=[ledger.code, pk]) if may else "",
    )
