"""How the registry is changed: with permission, whole or not at all, journalled, told to who keeps sums, and logged.

    permit = permitted(viewer, Action.APPROVE, f"target/{code}")    # refused here, and logged, before anything is held
    permit.refuse_unless(viewer.covers(region_id))
    with permit.because(reason) as change:                           # a transaction that holds the registry
        change.created(Target, [target.pk])                          # journal
        change.note(rows=1)                                          # what the access log will say
                                                                     # rows_changed, commit, then the line of the log

Where nothing is asked between permission and change, ``with permitted(...) as change`` is all. What raises inside leaves
nothing changed and no line that says it was done; what was refused stays in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import partial
from types import TracebackType
from typing import Any, NoReturn

from django.db import IntegrityError, models, transaction

from . import journal, log_lines, rows, signals
from .models import Batch
from .viewer import Action, Viewer, demand, demand_office, refuse

PURPOSE = 200
"""Characters of a purpose that the journal keeps."""

_changing: ContextVar[bool] = ContextVar("changing", default=False)


class Nested(Exception):
    """A change was begun inside another one. It would be unclear whose line of the log tells of what, and which of them
    holds the registry: several that belong together stand side by side in ``together``."""


def permitted(
    viewer: Viewer,
    action: Action,
    subject: str,
    *,
    purpose: str = "",
    office: bool = False,
    registry: bool = True,
) -> Permit:
    """Permission to change something, for ``with``. Raises Refused, and logs it, where the role does not allow the action,
    with ``office`` also for whoever stands outside the offices.

    ``registry``: count the registry's version up and hold it, so that writers take turns and plans know they are old. False
    for what no plan and no sum rests on (a file that waits, an account), and where another row has to be held before the
    registry (then ``lock``).
    """
    (demand_office if office else demand)(viewer, action, subject)
    return Permit(viewer, action, subject, purpose, registry)


@contextmanager
def together() -> Iterator[None]:
    """Several changes, all of them or none: one transaction, after which their lines of the log are written."""
    if _changing.get():
        raise Nested
    with log_lines.held_back(), transaction.atomic():
        yield


class Permit:
    """What ``permitted`` gives: nothing is held yet, so that checks and slow work come before writers have to wait."""

    def __init__(self, viewer: Viewer, action: Action, subject: str, purpose: str, registry: bool) -> None:
        self.viewer = viewer
        self.action = action
        self.subject = subject
        self.purpose = purpose
        self._registry = registry
        self._running: AbstractContextManager[OpenChange]

    def refuse_unless(self, allowed: bool, subject: str = "") -> None:
        """Raise Refused, and log it (of ``subject`` if that is not the permit's own), unless ``allowed``."""
        if not allowed:
            self.refuse(subject)

    def refuse(self, subject: str = "") -> NoReturn:
        """Raise Refused, and log it."""
        refuse(self.viewer, self.action, subject or self.subject)

    def because(self, purpose: str) -> Permit:
        """The same with a purpose, which journal and log keep."""
        return Permit(self.viewer, self.action, self.subject, purpose, self._registry)

    def __enter__(self) -> OpenChange:
        self._running = self._carry_out()
        return self._running.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.__exit__(kind, raised, trace)

    @contextmanager
    def _carry_out(self) -> Iterator[OpenChange]:
        if _changing.get():
            raise Nested(self.subject)
        change = OpenChange(self)
        with log_lines.held_back():
            token = _changing.set(True)
            try:
                with transaction.atomic():
                    if self._registry:
                        change.lock()
                    yield change
                    change.tell()
            finally:
                _changing.reset(token)
            change.log()


class OpenChange:
    """A change in hand: what is changed is journalled through it, and what the log will say is said to it."""

    def __init__(self, permit: Permit) -> None:
        self.viewer = permit.viewer
        self.purpose = permit.purpose
        self.batch: Batch | None = None
        """The batch that journalled rows belong to, once ``begin_batch`` has made it."""
        self._permit = permit
        self._touched: dict[str, set[int]] | None = None
        self._memo: dict[str, Any] | None = None
        self._subject = permit.subject
        self._rows: int | None = None
        self._taken_back = False

    def lock(self) -> int:
        """Hold the registry until the transaction ends, and return its new version. Where the change did not begin so."""
        return journal.lock_registry()

    def begin_batch(
        self, ledger: str, region_id: int | None, purpose: str = "", *, subject: str = ""
    ) -> Batch:
        """Make a batch, to be undone as one, that all that follows is journalled in; ``subject`` is a word by which it is found
        again (80 characters at most)."""
        self.batch = Batch.objects.create(
            ledger=ledger,
            region_id=region_id,
            actor=self.viewer.name,
            purpose=purpose[:PURPOSE],
            subject=subject,
        )
        return self.batch

    @contextmanager
    def within(self, batch: Batch | None) -> Iterator[None]:
        """What is journalled inside belongs to another batch: the one that brought what is now decided about."""
        own, self.batch = self.batch, batch
        try:
            yield
        finally:
            self.batch = own

    def created(self, model: type[models.Model], keys: Iterable[int], *, told: bool = True) -> None:
        """Journal rows as newly made. ``told`` is False for rows that nothing kept is computed from."""
        made = list(keys)
        journal.created(model, made, **self._common)
        if told:
            self.touch({model._meta.label: made})

    def updated(
        self,
        model: type[models.Model],
        changes: Iterable[tuple[int, Mapping[str, Any], Mapping[str, Any]]],
        *,
        told: bool = True,
        word: str | None = None,
    ) -> None:
        """Journal rows as changed: (key, columns before, columns after), by the step of that ``word`` if it is one.
        ``told`` as for ``created``."""
        lines = list(changes)
        journal.updated(model, lines, **self._common, word=word)
        if told:
            self.touch({model._meta.label: [pk for pk, _before, _after in lines]})

    @property
    def _common(self) -> dict[str, Any]:
        return {"actor": self.viewer.name, "batch": self.batch, "purpose": self.purpose[:PURPOSE]}

    def try_out(self, model: type[models.Model], changes: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        """Raise now what the database would say to a change that is made later (IntegrityError); nothing of it stays."""
        point = transaction.savepoint()
        rows.update(model, changes)
        transaction.savepoint_rollback(point)

    def stands(self, model: type[models.Model], changes: Iterable[tuple[int, Mapping[str, Any]]]) -> bool:
        """Whether the database would take a change that is made later; nothing of it stays."""
        point = transaction.savepoint()
        try:
            rows.update(model, changes)
        except IntegrityError:
            return False
        finally:
            transaction.savepoint_rollback(point)
        return True

    def touch(self, touched: Mapping[str, Iterable[int]]) -> None:
        """Rows (model label → keys) that others have changed and journalled for this change, or that a sum rests on."""
        if self._touched is None:
            self._touched = {}
        for label, keys in touched.items():
            self._touched.setdefault(label, set()).update(keys)

    def delete_soon(self, touched: Mapping[str, Iterable[int]]) -> None:
        """``touch`` rows some of which will be deleted: whoever keeps something computed from them looks at them now."""
        self.touch(touched)
        self._memo = {}
        signals.rows_changing.send(sender=OpenChange, touched=self._touched, memo=self._memo)

    def tell(self) -> None:
        """Send ``rows_changed`` of what was touched. Happens by itself at the end; earlier where sums are read before it."""
        if self._touched is None:
            return
        told = {"touched": self._touched} | ({} if self._memo is None else {"memo": self._memo})
        signals.rows_changed.send(sender=OpenChange, **told)
        self._touched = self._memo = None

    def note(self, subject: str = "", *, rows: int | None = None) -> None:
        """Say what the line in the access log will say: of what (the permit's subject where ''), and how many rows."""
        self._subject = subject or self._subject
        self._rows = rows

    def refuse(self, subject: str = "") -> NoReturn:
        """Raise Refused; the line about it is written when the transaction has been rolled back."""
        self._permit.refuse(subject)

    def take_back(self) -> None:
        """Let nothing of it stay: the transaction is rolled back when it ends, and no line says that anything was done."""
        transaction.set_rollback(True)
        self._taken_back = True
        self._touched = self._memo = None

    def log(self) -> None:
        """Write the line of what was done, unless it was taken back."""
        if not self._taken_back:
            line = partial(self.viewer.note, self._permit.action, self._subject)
            log_lines.write(partial(line, rows=self._rows, purpose=self.purpose), done=True)
