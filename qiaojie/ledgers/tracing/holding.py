"""A row and the witness of it are written both or not at all, also where they lie in two databases.

On SQLite some rows lie in a file beside the one with the witnesses. Whoever writes such a row holds both files from the
beginning, the one with the witnesses always first: so two of them wait for each other, neither finds the other in its way
half-way, and a failure takes back both. The witness is then kept before the row: should the machine lose its power just
between the two, there is a witness of a row that is not there, and never a row without a witness.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

from django.db import connections, models, router, transaction

from ..models import Witness


@contextmanager
def together(alias: str) -> Iterator[None]:
    """Hold the witnesses' database and the one of this alias until the end, where no transaction of the caller holds them."""
    own = router.db_for_write(Witness)
    held = [name for name in dict.fromkeys((own, alias)) if not connections[name].in_atomic_block]
    with ExitStack() as ends:
        begun: list[transaction.Atomic] = []
        for name in held:
            begun.append(_begun(transaction.atomic(using=name), begun))
        # What is pushed last ends first: the witnesses.
        for one in reversed(begun):
            ends.push(one)
        yield


def _begun(one: transaction.Atomic, before: list[transaction.Atomic]) -> transaction.Atomic:
    """A transaction that has begun; where it cannot, those begun before it are ended as well."""
    try:
        one.__enter__()
    except BaseException:
        for each in reversed(before):
            each.__exit__(*sys.exc_info())
        raise
    return one


class HeldRows(models.QuerySet[Any, Any]):
    """Rows that are written while both databases are held."""

    def delete(self) -> tuple[int, dict[str, int]]:
        with together(self.db):
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_update(self, *arguments: Any, **options: Any) -> int:
        with together(self.db):
            return super().bulk_update(*arguments, **options)

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    def get_or_create(self, *arguments: Any, **wanted: Any) -> tuple[Any, bool]:
        with self._where_apart():
            return super().get_or_create(*arguments, **wanted)

    def update_or_create(self, *arguments: Any, **wanted: Any) -> tuple[Any, bool]:
        with self._where_apart():
            return super().update_or_create(*arguments, **wanted)

    @contextmanager
    def _where_apart(self) -> Iterator[None]:
        """Django begins with the rows' own database; where that is the witnesses', nothing needs to be said."""
        if self.db == router.db_for_write(Witness):
            yield
        else:
            with together(self.db):
                yield


def hold(model: type[models.Model]) -> None:
    """Have objects of a model written and deleted while both databases are held."""
    model.save_base = _held(model.save_base)  # type: ignore[method-assign]
    model.delete = _held(model.delete)  # type: ignore[method-assign]


def _held(does: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(does)
    def both(self: models.Model, *arguments: Any, using: str | None = None, **options: Any) -> Any:
        alias = using or router.db_for_write(type(self), instance=self)
        with together(alias):
            return does(self, *arguments, using=alias, **options)

    both.alters_data = True  # type: ignore[attr-defined]
    return both
