"""Statements that are worked out once and asked again with other values.

Django makes the text of a query anew each time; where the columns of a row are worked out of other tables, that costs
more than the answer. Kept is the text alone: no row, and no value of a viewer. What a viewer may see is asked of the
viewer each time, and a statement is used again only where the condition has the very same form; any other is made by
Django as ever. Why, at which price: docs/decisions/0048-statements-kept.md.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import BigIntegerField, Expression, Model, Q, QuerySet
from django.db.models.fields import BooleanField

from qiaojie.lib import dialects
from qiaojie.regions.areas import Within

from .declaration import Ledger
from .viewer import Viewer

MOST = 500
"""Statements that a process keeps; which columns people choose for their lists has no bound."""

_FORMS = ("gte", "lte")
"""Comparisons whose value stands in a statement as it is."""


class Given(Expression):
    """A value that is given when a statement is asked, by its place among those given."""

    def __init__(self, place: int) -> None:
        super().__init__(output_field=BigIntegerField())
        self.place = place

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Its place, marked by itself."""
        return "%s", (self,)


class OneOf(Expression):
    """Condition: a whole number (ORM path) is one of some keys (a list, or where they are given)."""

    conditional = True

    def __init__(self, path: Any, keys: Any) -> None:
        super().__init__(output_field=BooleanField())
        self.path, self.keys = path, keys

    def get_source_expressions(self) -> list[Any]:
        """The column."""
        return [self.path]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """The column, resolved."""
        (self.path,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """One value for all keys, whatever their number."""
        sql, params = compiler.compile(self.path)
        keys = self.keys if isinstance(self.keys, Given) else dialects.as_list(connection, self.keys)
        return dialects.one_of(connection, sql), (*params, keys)


Build = Callable[[QuerySet[Model], Sequence[Any]], QuerySet[Model]]
"""From the rows that a viewer may see and the values given (or where they are given) to the query that is asked."""

_Form = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement's text, its values or where they are given, and what makes columns values, by place."""

    alias: str
    sql: str
    params: tuple[Any, ...]
    converters: tuple[tuple[int, Sequence[Callable[..., Any]], Any], ...]

    def ask(self, given: Sequence[Any]) -> list[list[Any]]:
        """The rows it has now."""
        connection = connections[self.alias]
        values = [dialects.as_list(connection, item) if isinstance(item, list) else item for item in given]
        params = [values[item.place] if isinstance(item, Given) else item for item in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows = [list(row) for row in cursor.fetchall()]
        for place, convert, expression in self.converters:
            for row in rows:
                value = row[place]
                for one in convert:
                    value = one(value, expression, connection)
                row[place] = value
        return rows


_kept: dict[Hashable, _Statement] = {}
_areas: dict[Hashable, tuple[tuple[str, str], ...]] = {}
"""What a ledger asks of a viewer to know which rows are open: the arguments of ``scope``, in their order."""


def forget() -> None:
    """Keep no statement any more: for tests that look at what is kept."""
    _kept.clear()
    _areas.clear()


def ask(
    name: Hashable,
    ledger: Ledger,
    viewer: Viewer,
    found: Callable[[], QuerySet[Model]],
    build: Build,
    given: Sequence[Any] = (),
    *,
    counted: bool = False,
) -> list[Any]:
    """Rows (columns in the order of ``values_list``) of the query that ``build`` makes of the rows of ``found`` which
    the viewer may see; where they are only ``counted``, one row with their number.

    ``name`` names ``found`` and ``build`` together: what goes by one name has the same form, whatever is ``given`` (values,
    and lists of keys for ``OneOf``) and whoever looks.
    """
    mine = (ledger.code, ledger.scope, name, counted)
    areas = _areas.get(mine)
    usual = not viewer.outside and viewer.opens(ledger.code)
    if areas is not None and usual:
        statement, values = _known(mine, areas, viewer)
        if statement is not None:
            return statement.ask([*given, *values])
    asking = _Asking(viewer, ledger, len(given))
    try:
        if not usual:
            raise _OneOff
        scope = ledger.visible(asking)
    except _OneOff:
        query = build(found().filter(ledger.visible(viewer)), given)
        return [(query.count(),)] if counted else list(query)
    query = build(found().filter(scope), [Given(place) for place in range(len(given))])
    statement = _worked_out(query, counted=counted)
    if len(_kept) >= MOST:
        _kept.clear()
    _areas[mine] = tuple(asking.areas)
    _kept[mine, tuple(asking.forms)] = statement
    return statement.ask([*given, *asking.values])


def plain(name: Hashable, build: Callable[[Sequence[Any]], QuerySet[Any]], given: Sequence[Any]) -> list[Any]:
    """Rows of a query that asks nothing of a viewer: for what is only counted or decided by, never for showing."""
    statement = _kept.get(name)
    if statement is None:
        if len(_kept) >= MOST:
            _kept.clear()
        statement = _worked_out(build([Given(place) for place in range(len(given))]))
        _kept[name] = statement
    return statement.ask(given)


def _known(
    mine: Hashable, areas: Iterable[tuple[str, str]], viewer: Viewer
) -> tuple[_Statement | None, list[int]]:
    """The statement kept for the form that the viewer's areas have, and the numbers that stand in them."""
    try:
        parts = [_taken_apart(viewer.scope(path, by)) for path, by in areas]
    except _OneOff:
        return None, []
    forms = tuple(form for form, _values in parts)
    return _kept.get((mine, forms)), [value for _form, values in parts for value in values]


def _worked_out(query: QuerySet[Model], *, counted: bool = False) -> _Statement:
    alias = query.db
    compiler = query.query.get_compiler(using=alias)
    sql, params = compiler.as_sql()
    if counted:
        return _Statement(alias, f"SELECT COUNT(*) FROM ({sql}) AS found", tuple(params), ())  # noqa: S608
    columns = [column for column, _text, _alias in compiler.select[: compiler.col_count]]
    converters = compiler.get_converters(columns)
    return _Statement(alias, sql, tuple(params), tuple((at, *both) for at, both in converters.items()))


class _OneOff(Exception):
    """What is open hangs on more of the viewer than an area: Django makes such a query each time."""


class _Asking:
    """Stands for a viewer while a ledger says which rows are open to her: the bounds of her area are given later."""

    outside = False

    def __init__(self, viewer: Viewer, ledger: Ledger, begins: int) -> None:
        self.viewer, self.ledger, self.begins = viewer, ledger, begins
        self.areas: list[tuple[str, str]] = []
        self.forms: list[_Form] = []
        self.values: list[int] = []

    def scope(self, path: str, by: str = "") -> Q:
        """The viewer's condition with places for its values."""
        condition = self.viewer.scope(path, by)
        form, values = _taken_apart(condition)
        self.areas.append((path, by))
        self.forms.append(form)
        begins = self.begins + len(self.values)
        self.values += values
        return _put_together(form, iter(range(begins, begins + len(values))))

    def opens(self, code: str) -> bool:
        """That the ledger is open to her is asked each time before a statement is; of others nothing is kept."""
        if code != self.ledger.code:
            raise _OneOff
        return True

    def __getattr__(self, _name: str) -> Any:
        raise _OneOff


def _taken_apart(condition: Q) -> tuple[_Form, list[int]]:
    """The form of a condition and the numbers that stand in it. Raises _OneOff where it is more than bounds."""
    children: list[Any] = []
    values: list[int] = []
    for child in condition.children:
        if isinstance(child, Q):
            form, inner = _taken_apart(child)
            children.append(form)
            values += inner
        elif isinstance(child, tuple) and child[0].rpartition("__")[2] in _FORMS and type(child[1]) is int:
            children.append(child[0])
            values.append(child[1])
        elif isinstance(child, Within):
            children.append((Within, child.path))
            values += [child.first, child.last]
        else:
            raise _OneOff
    return (condition.connector, condition.negated, *children), values


def _put_together(form: _Form, places: Any) -> Q:
    connector, negated, *children = form
    parts: list[Any] = []
    for child in children:
        if isinstance(child, str):
            parts.append((child, Given(next(places))))
        elif child[0] is Within:
            parts.append(Within(child[1], Given(next(places)), Given(next(places))))
        else:
            parts.append(_put_together(child, places))
    return Q(*parts, _connector=connector, _negated=negated)
