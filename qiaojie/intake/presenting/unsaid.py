"""What a list says of no row though indicators rest on it (proof of work, the craft): said once of the file, with the way out."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qiaojie.ledgers.declaration import Field
from qiaojie.notices.shape import kept_column

from ..judging.plan import Plan
from ..vocabulary.outcome import Verdict


def of(plan: Plan) -> list[Field]:
    """Fields for which a list with new rows has no column, of a ledger whose rows count by a proof (``Field.by_source``): the
    proof, and what is answered by yes or no under headers of its own."""
    own = plan.source.table.shape.own
    if not plan.counts[Verdict.NEW] or not any(field.by_source for field in own.ledger.fields):
        return []
    read = {column.field for column in plan.columns} | plan.source.said.keys()
    return [
        field
        for field in own.ledger.fields
        if (field.by_source or (field.kind == "yes_no" and field.headers))
        and field.name not in read
        and kept_column(own.ledger, field) not in own.constants
    ]


def words(plan: Plan) -> str:
    """What ``of`` found in a sentence; '' for nothing."""
    left = of(plan)
    if not left:
        return ""
    names = "、".join(f"“{field.label}”" for field in left)
    text = _(
        "表里没有写%(fields)s：新增的 %(number)d 条按没有登记，要用到的指标不计入。可以在表里加上这些栏再导入。"
    )
    said = text % {"fields": names, "number": plan.counts[Verdict.NEW]}
    if any(field.by_source for field in left):
        said += _("凭证也可以在写入后，在这一批的页面上选一个来源一起登记。")
    return said
