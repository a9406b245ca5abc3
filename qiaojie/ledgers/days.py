"""What follows from a day, as expressions that the database works out by itself.

Django's own take days apart on SQLite by calling Python for every row, which costs more than all the rest of a count.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateField, Func, IntegerField


class _OfDay(Func):
    """``template`` is PostgreSQL's; ``sqlite`` that of SQLite, where a day is a text such as 2023-03-31."""

    arity = 1
    sqlite = ""

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        """SQLite's way of saying it."""
        return self.as_sql(compiler, connection, template=self.sqlite, **context)


class DayNumber(_OfDay):
    """A day as the number 20230331: two of them differ by 10,000 for every full year of age."""

    template = "CAST(TO_CHAR(%(expressions)s, 'YYYYMMDD') AS integer)"
    sqlite = "CAST(REPLACE(%(expressions)s, '-', '') AS integer)"
    output_field = IntegerField()


class NewYear(_OfDay):
    """1 January of the day's year."""

    template = "MAKE_DATE(CAST(EXTRACT(YEAR FROM %(expressions)s) AS integer), 1, 1)"
    sqlite = "DATE(%(expressions)s, 'start of year')"
    output_field = DateField()


class LastYearsEnd(_OfDay):
    """31 December of the year before the day's."""

    template = "(MAKE_DATE(CAST(EXTRACT(YEAR FROM %(expressions)s) AS integer), 1, 1) - 1)"
    sqlite = "DATE(%(expressions)s, 'start of year', '-1 day')"
    output_field = DateField()
