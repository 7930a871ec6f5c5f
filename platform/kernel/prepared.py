"""Queries that are put into words once.

Django composes a query's SQL anew each time it is asked, and for rows of wide tables
that is several times the work of reading them. What stands on the way of every
purchase is composed when it is first asked, with a `Parameter` for what changes:

    LINES = Prepared(
        lambda: Line.objects.filter(basket_id=Parameter("basket")).select_related(...)
    )
    lines = LINES(basket=basket.pk)

It is the same query in every shop: the connection says whose tables it reads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import ModelIterable

Row = TypeVar("Row")
Convert = Callable[..., Any]


class Parameter(Expression):
    """Stands in a query for a value that is known when it is asked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", (self,)


@dataclass(frozen=True, slots=True)
class _Part:
    """The columns of a row that make one instance, and which part it hangs on."""

    model: type[Model]
    columns: slice
    names: list[str]
    key: int
    owner: int
    hang: Callable[[Any, Any], object]


def _nowhere(_one: Any, _other: Any) -> None:
    """Hang the rows that were asked for on nothing."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A query in words, and what is made of its answer."""

    sql: str
    params: Sequence[Any]
    converters: Sequence[tuple[int, list[Convert], Any]]
    parts: Sequence[_Part]  # empty: rows stay tuples
    annotations: Sequence[tuple[str, int]]


class Prepared(Generic[Row]):
    """A query of instances, with `select_related` and annotations, or of tuples.

    What is read is read with the call; unlike a QuerySet it has no life after it.
    """

    def __init__(self, compose: Callable[[], "QuerySet[Any, Row]"]) -> None:
        self._compose = compose
        self._form: _Form | None = None

    def __call__(self, **given: Any) -> list[Row]:
        form = self._form
        if form is None:
            form = self._form = _form_of(self._compose())
        params = [
            given[each.name] if isinstance(each, Parameter) else each
            for each in form.params
        ]
        with connection.cursor() as cursor:
            cursor.execute(form.sql, params)
            rows = cursor.fetchall()
        return [_read(row, form) for row in rows]

    def first(self, **given: Any) -> Row | None:
        """Return the first row of the answer, or None."""
        return next(iter(self(**given)), None)


def _read(row: Sequence[Any], form: _Form) -> Any:
    if form.converters:
        row = _converted(row, form)
    if not form.parts:
        return tuple(row)
    made: list[Any] = []
    for part in form.parts:
        one = None
        if row[part.key] is not None:
            one = part.model.from_db(connection.alias, part.names, row[part.columns])
        made.append(one)
        if made[part.owner] is not None:
            part.hang(made[part.owner], one)
    for name, position in form.annotations:
        setattr(made[0], name, row[position])
    return made[0]


def _converted(row: Sequence[Any], form: _Form) -> list[Any]:
    values = list(row)
    for position, functions, expression in form.converters:
        for convert in functions:
            values[position] = convert(values[position], expression, connection)
    return values


def _form_of(queryset: "QuerySet[Any, Any]") -> _Form:
    compiler = queryset.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    columns = [column[0] for column in compiler.select[: compiler.col_count]]
    found = compiler.get_converters(columns)
    converters = [(place, *convert) for place, convert in found.items()]
    if not issubclass(queryset._iterable_class, ModelIterable):  # noqa: SLF001 (no other way to ask)
        return _Form(sql, params, converters, (), ())
    parts: list[_Part] = []
    _describe(compiler.klass_info, compiler.select, parts, owner=0)
    annotations = tuple((compiler.annotation_col_map or {}).items())
    return _Form(sql, params, converters, parts, annotations)


def _describe(
    info: dict[str, Any], select: Sequence[Any], parts: list[_Part], *, owner: int
) -> None:
    """Note what the columns of an answer make: the rows asked for, then their kin."""
    fields = info["select_fields"]
    first, end = fields[0], fields[-1] + 1
    names = [select[place][0].target.attname for place in fields]
    model, here = info["model"], len(parts)
    key = first + names.index(model._meta.pk.attname)
    hang = info.get("local_setter", _nowhere)
    parts.append(_Part(model, slice(first, end), names, key, owner, hang))
    for kin in info.get("related_klass_infos", ()):
        _describe(kin, select, parts, owner=here)
