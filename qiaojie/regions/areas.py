"""A wide area as a condition that a database reckons rightly: many rows lie in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, Expression, F

from qiaojie.lib.dialects import unjoined

from .models import Region


class Within(Expression):
    """Condition: the region at a path (a foreign key) lies between two numbers of the tree, ``first`` and ``last``.

    Says the same as comparing the numbers by a join. But a database takes such a join to leave as many rows as the area
    has of all regions, a fortieth for a province, where in truth nearly every row is the province's; so it reads whole
    ledgers before it gives the first row. Of a question that it cannot turn into a join (``IS TRUE``) it expects many, and
    holds each row against a table of the area's keys in memory. For areas that hold much of all rows.
    """

    conditional = True

    def __init__(self, path: str, first: Any, last: Any) -> None:
        super().__init__(output_field=BooleanField())
        self.path, self.first, self.last = path, first, last
        self.column: Any = F(f"{path}_id")

    def get_source_expressions(self) -> list[Any]:
        """The column."""
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """The column, resolved."""
        (self.column,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """A table of the area's regions, made once a statement."""
        column, params = compiler.compile(self.column)
        inside = Region.objects.order_by().filter(first__gte=self.first, first__lte=self.last).values("pk")
        query, bounds = inside.query.get_compiler(connection=compiler.connection).as_sql()
        return unjoined(connection).format(column, query), (*params, *bounds)
