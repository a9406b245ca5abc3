"""Printed cards (验证卡): numbered codes of which each is taken once and in order, for whoever has neither app nor security key.

The page asks for the next number, so a code that somebody saw on the card is of use once at most, and then its person finds it
crossed off by nobody. A card that is used up stays and opens nothing: somebody who knows the password is not let in by waiting.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from qiaojie.lib.fields import Unreadable
from qiaojie.lib.findings import Unusable

from ..models import SecondFactor, User
from . import secret_codes

CODES: Final = 40
"""Of one card: two months of working days with one sign-in each."""

FEW: Final = 5
"""So many left: time for a new card."""


@dataclass(frozen=True, slots=True)
class CardState:
    """The number of the code that is asked for next (None: the card is used up), and how many are left."""

    following: int | None
    left: int


def new_codes() -> list[str]:
    """The codes of a new card, the first at place 0."""
    return [secret_codes.fresh() for _number in range(CODES)]


def keep(user: User, codes: Sequence[str], *, used: int = 0) -> SecondFactor:
    """Keep a card in place of the one before; ``used`` of its codes were taken already."""
    salted = secret_codes.salt()
    marks = [secret_codes.mark(salted, number, code) for number, code in enumerate(codes, 1)]
    with transaction.atomic():
        user.second_factors.filter(kind=SecondFactor.Kind.CARD).delete()
        return SecondFactor.objects.create(
            user=user,
            kind=SecondFactor.Kind.CARD,
            name=_("验证卡"),
            secret=json.dumps({"salt": salted, "marks": marks}),
            last_step=used,
        )


def enrol(user: User, codes: Sequence[str], first: str) -> SecondFactor:
    """Keep a card that somebody has before her, as its first code shows. Raises Unusable ``card_first``."""
    if "".join(first.split()) != codes[0]:
        raise Unusable("card_first", _("第 1 号的号码不对。请照卡上第 1 号的 8 位数字填。"))
    return keep(user, codes, used=1)


def state(user: User) -> CardState | None:
    """How the account's card stands; None for none. One query."""
    card = _card(user)
    return None if card is None else _state(card)


def left(card: SecondFactor) -> int:
    """How many codes of a card are left."""
    return _state(card).left


def takes(user: User, code: str) -> bool:
    """Whether the code is the next one of the account's card; it is taken once."""
    card = _card(user)
    if card is None or (number := _state(card).following) is None:
        return False
    kept = _kept(card)
    if not secret_codes.agrees(kept["marks"][number - 1], kept["salt"], number, code):
        return False
    # Of two requests with one code, the database lets one through.
    taken = SecondFactor.objects.filter(pk=card.pk, last_step=number - 1).update(last_step=number)
    return bool(taken)


def _card(user: User) -> SecondFactor | None:
    return user.second_factors.filter(kind=SecondFactor.Kind.CARD).first()


def _kept(card: SecondFactor) -> Any:
    """The salt and the hashes of a card's codes; of one that cannot be opened none."""
    return {"salt": "", "marks": []} if isinstance(card.secret, Unreadable) else json.loads(card.secret)


def _state(card: SecondFactor) -> CardState:
    left = len(_kept(card)["marks"]) - card.last_step
    return CardState(card.last_step + 1 if left > 0 else None, max(left, 0))
