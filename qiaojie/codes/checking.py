"""``qiaojie codes check``: what is wrong in the files of lists, what waits for ``prepare``, what rows use and no file has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Count
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.lib.findings import Level

from . import folders, preparing, standing
from .choices import CodeList


@dataclass(frozen=True, slots=True)
class Use:
    """A removed code that rows of a ledger still have, and how many."""

    list_code: str
    code: str
    ledger: Ledger
    field: Field
    rows: int

    @property
    def text(self) -> str:
        """The finding on one line."""
        word = standing.of(self.list_code).words[self.code]
        text = _(
            "代码表“%(list)s”的“%(code)s”（%(label)s）文件里已经没有了，%(ledger)s还有%(rows)d条在用："
            "照原来的名称显示，不能再录入。不再使用的代码请留在文件里，写上 until。"
        )
        return text % {
            "list": self.list_code,
            "code": self.code,
            "label": word.label,
            "ledger": self.ledger.label,
            "rows": self.rows,
        }


def report(directories: Sequence[Path] | None = None) -> tuple[list[str], int]:
    """All there is to say, line by line, and the exit status: 1 where a file has an error, 0 where only hints are left."""
    found = folders.read_all(directories)
    faults = [fault for read in found.values() for fault in read.faults]
    lines = [fault.text for fault in faults]
    status = 1 if any(fault.level is Level.ERROR for fault in faults) else 0
    changed = preparing.waiting(directories)
    if changed:
        lines.append(_("改过还没有采用的代码表：%s。请运行 qiaojie prepare。") % "、".join(changed))
    lines += [use.text for use in removed_in_use()]
    if not lines:
        lines.append(_("%d张代码表，没有问题。") % len(found))
    return lines, status


def removed_in_use() -> list[Use]:
    """Codes that rows have and no file has any more; one query for each field of a list with removed words."""
    return list(_removed_in_use())


def _removed_in_use() -> Iterator[Use]:
    for ledger, field, held in fields():
        gone = [word.code for word in held.held.words.values() if word.removed]
        if not gone:
            continue
        rows = ledger.model._default_manager.filter(**{f"{field.column}__in": gone})
        counted = dict(rows.order_by().values_list(field.column).annotate(Count("pk")))
        yield from (Use(held.code, code, ledger, field, counted[code]) for code in sorted(counted))


def fields() -> Iterator[tuple[Ledger, Field, CodeList]]:
    """Every field whose rows themselves keep a code of a list of data."""
    for ledger in declaration.every():
        for field in ledger.fields:
            if isinstance(field.choices, CodeList) and field.expression is None and "__" not in field.column:
                yield ledger, field, field.choices
