"""Which notices have forms that somebody works with, whether or not the notice is in force: rows of their time are there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.notices.schema import Notice


def with_rows(found: Iterable[Notice], viewer: Viewer) -> frozenset[str]:
    """The codes of those notices in whose time a ledger of one of their forms has rows that the viewer may see; one query, none
    where there is nothing to ask."""
    asked: dict[str, list[str]] = {}
    params: list[Any] = []
    if not viewer.may(Action.SEE):
        return frozenset()
    for notice in found:
        for code in dict.fromkeys(table.ledger for table in notice.tables if table.ledger):
            ledger = declaration.get(code)
            if not ledger.date:
                continue
            span = {f"{ledger.date}__gte": notice.span.begins, f"{ledger.date}__lte": notice.span.ends}
            rows = queries.rows(ledger, viewer).filter(**span).order_by().values("pk")
            sql, own = rows.query.sql_with_params()
            asked.setdefault(notice.code, []).append(f"EXISTS({sql})")
            params += own
    if not asked:
        return frozenset()
    text = ", ".join(" OR ".join(sqls) for sqls in asked.values())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {text}", params)
        (answers,) = cursor.fetchall()
    return frozenset(code for code, there in zip(asked, answers, strict=True) if there)
