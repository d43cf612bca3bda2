"""Locked rows, and statements whose SQL is built once, for the few hottest queries (ADR 0011).

Building the SQL of a query costs Django several times what the database takes to run it. Everything else uses
querysets, as usual.
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators

from parvis.lib.errors import or_not_found, type_text

T = TypeVar("T")
M = TypeVar("M", bound=models.Model)
Plain = int | float | str | date | datetime


class _Statement(NamedTuple):
    sql: str
    fields: tuple[Any, ...]


def locked_row(rows: models.QuerySet[M], words: type_text) -> M:
    """The first of these rows, locked, and not those it refers to. Raises NotFound, in these words."""
    return or_not_found(rows.select_for_update(of=("self",)).first(), words)


def once() -> Any:
    """A cursor for a constant statement; PostgreSQL prepares it (`lib.database.postgresql`)."""
    db = connections[DEFAULT_DB_ALIAS]
    return db.prepared_cursor() if db.vendor == "postgresql" else db.cursor()  # type: ignore[attr-defined]


def insert(row: models.Model, *, unless: str | tuple[str, ...] = ()) -> bool:
    """Inserts a new row and sets its primary key, as `save(force_insert=True)` does, without signals.

    `unless` names a unique field, or several that are unique together: when a row with those values exists, or is being
    committed, inserts nothing and returns False. Other conflicts raise IntegrityError. Not for models with multi-table
    inheritance.
    """
    names = (unless,) if isinstance(unless, str) else unless
    sql, fields = _insert(type(row), names, connection.vendor)
    db = connections[DEFAULT_DB_ALIAS]
    with once() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(field.pre_save(row, True), db) for field in fields])
        inserted = cursor.fetchone()
    if inserted is None:
        return False
    row.pk = inserted[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return True


def update(row: models.Model, *names: str, where: Mapping[str, Plain] | None = None) -> bool:
    """Writes these fields of a saved row, as `save(update_fields=names)` does, without signals.

    With `where`, only if those fields still have those values in the database. False when no row was updated. KeyError
    for an unknown field.
    """
    where, db = where or {}, connections[DEFAULT_DB_ALIAS]
    sql, fields = _update(type(row), names, tuple(where), connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, False), db) for field in fields]
    expected = [_field(type(row), name).get_db_prep_save(value, db) for name, value in where.items()]
    with once() as cursor:
        cursor.execute(sql, [*values, row.pk, *expected])
        return bool(cursor.rowcount)


@cache
def _insert(model: type[models.Model], unless: tuple[str, ...], _vendor: str) -> _Statement:
    fields = tuple(field for field in model._meta.concrete_fields if not field.primary_key)
    columns, slots = ", ".join(map(_column, fields)), ", ".join(["%s"] * len(fields))
    unique = ", ".join(_column(_field(model, name)) for name in unless)
    on_conflict = f" ON CONFLICT ({unique}) DO NOTHING" if unless else ""
    sql = f"INSERT INTO {_table(model)} ({columns}) VALUES ({slots}){on_conflict} RETURNING {_column(model._meta.pk)}"
    return _Statement(sql, fields)


@cache
def _update(model: type[models.Model], names: tuple[str, ...], where: tuple[str, ...], _vendor: str) -> _Statement:
    fields = tuple(_field(model, name) for name in names)
    columns = ", ".join(f"{_column(field)} = %s" for field in fields)
    conditions = "".join(f" AND {_column(_field(model, name))} = %s" for name in where)
    return _Statement(f"UPDATE {_table(model)} SET {columns} WHERE {_column(model._meta.pk)} = %s{conditions}", fields)


def _table(model: type[models.Model]) -> str:
    return str(connection.ops.quote_name(model._meta.db_table))


def _field(model: type[models.Model], name: str) -> Any:
    return {known: field for field in model._meta.concrete_fields for known in (field.name, field.attname)}[name]


def _column(field: Any) -> str:
    return str(connection.ops.quote_name(field.column))


class Slot(Expression):
    """A placeholder for a value in a `Compiled` query."""

    def __init__(self, rank: int) -> None:
        super().__init__(output_field=models.Field())
        self.rank = rank

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """A parameter holding this slot, replaced at run time by the value of its rank."""
        return "%s", [self]


class Compiled(Generic[T]):
    """A query whose SQL is built once: `make` builds it from slots, each call runs it with actual values.

    Values are numbers, strings, dates and datetimes, each compared with a column of the same type. The query may join
    (`select_related`), annotate, defer, lock, or return tuples (`values_list`); it may not prefetch.
    """

    def __init__(self, make: Callable[..., "models.QuerySet[Any, T]"]) -> None:
        self._make = make
        self._local = threading.local()  # a compiler belongs to the connection of its thread

    def __call__(self, *values: Plain) -> list[T]:
        """The rows."""
        plan: _Plan | None = getattr(self._local, "plan", None)
        if plan is None or plan.connection is not connections[DEFAULT_DB_ALIAS]:
            plan = self._local.plan = _Plan(self._make(*map(Slot, range(len(values)))))
        return plan.run(values)

    def first(self, *values: Plain) -> T | None:
        """The first row; None when there is none."""
        rows = self(*values)
        return rows[0] if rows else None


class _Plan:
    """The SQL of a queryset, the positions of its values, and the conversion of its rows."""

    def __init__(self, queryset: "models.QuerySet[Any, Any]") -> None:
        self._compiler = compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.connection = compiler.connection
        self._sql, self._params = _with_constants(*compiler.as_sql())
        self._converters = compiler.get_converters([column[0] for column in compiler.select])
        self._build: Callable[[Iterable[Any]], list[Any]] = list
        if queryset.query.default_cols:  # and not `values_list`
            self._build = _builder(compiler)

    def run(self, values: Sequence[Plain]) -> list[Any]:
        params = [self._adapted(values[param.rank]) if isinstance(param, Slot) else param for param in self._params]
        with once() as cursor:
            cursor.execute(self._sql, params)
            rows: Iterable[Any] = cursor.fetchall()
        if self._converters:
            rows = map(tuple, self._compiler.apply_converters(rows, self._converters))
        return self._build(rows)

    def _adapted(self, value: Plain) -> Any:
        if isinstance(value, datetime):
            return self.connection.ops.adapt_datetimefield_value(value)
        return self.connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _with_constants(sql: str, params: Sequence[Any]) -> tuple[str, list[Any]]:
    """Inlines constant integers and identifiers into the statement; returns it with its remaining parameters.

    A prepared statement is planned before its values are known: a partial index (of open cases) is used only when its
    condition is in the text.
    """
    remaining: list[Any] = []
    values = iter(params)

    def inline(placeholder: re.Match[str]) -> str:
        value = next(values) if placeholder[0] == "%s" else None
        if isinstance(value, int) and not isinstance(value, bool):
            return str(int(value))
        if isinstance(value, str) and value.isidentifier():
            return f"'{value!s}'"
        if placeholder[0] == "%s":
            remaining.append(value)
        return placeholder[0]

    return re.sub("%[s%]", inline, sql), remaining


def _builder(compiler: Any) -> Callable[[Iterable[Any]], list[Any]]:
    """Builds model instances as Django's ModelIterable does, except that rows with the same related row share one
    object for it.
    """
    info, annotated = compiler.klass_info, compiler.annotation_col_map
    model, start, end = info["model"], info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in compiler.select[start:end]]
    related = get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
    joins = list(zip(related, map(_shared, info.get("related_klass_infos", ())), strict=True))

    def build(rows: Iterable[Any]) -> list[Any]:
        shared: dict[tuple[str, Any], Any] = {}
        instances = []
        for row in rows:
            instance = model.from_db(DEFAULT_DB_ALIAS, names, row[start:end])
            for populator, field in joins:
                key = (field.attname, getattr(instance, field.attname)) if field else None
                if key in shared:
                    field.set_cached_value(instance, shared[key])
                    continue
                populator.populate(row, instance)
                if key:
                    shared[key] = field.get_cached_value(instance)
            for name, position in annotated.items():
                setattr(instance, name, row[position])
            instances.append(instance)
        return instances

    return build


def _shared(info: Any) -> Any:
    """The foreign key of a many-to-one join; None for any other join."""
    many = not info["reverse"] and not info["from_parent"] and not info["field"].unique
    return info["field"] if many else None
