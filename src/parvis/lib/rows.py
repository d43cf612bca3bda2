"""Statements whose SQL is written once: for the few that a busy minute runs by the thousand (see ADR 0011).

Building the SQL of a query costs Django several times what the database takes to answer it. Everything else goes
through querysets, as usual.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from inspect import getattr_static
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.base import ModelState
from django.db.models.expressions import Expression
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query import get_related_populators
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

T = TypeVar("T")
Plain = int | str | date | datetime


class _Slot(NamedTuple):
    """A field, its attribute, and the types of the values that the database takes of it as they are."""

    field: Any
    name: str
    as_is: frozenset[type]


class _Statement(NamedTuple):
    sql: str
    slots: tuple[_Slot, ...]


_ABSENT = object()
_TEXTS, _NUMBERS, _YESNO = (frozenset((kind, type(None))) for kind in (str, int, bool))


def once() -> Any:
    """A cursor for a statement that is written once, and whose plan is good for any values: PostgreSQL keeps it."""
    return connection.once()  # type: ignore[attr-defined]


def insert(row: models.Model, *, unless: str = "") -> bool:
    """Inserts a new row and gives it its primary key; what `save(force_insert=True)` does, without its signals.

    `unless` names a unique field: a row with that value, even one being committed at that moment, leaves everything as
    it is, and the answer is False. Raises IntegrityError otherwise. Not for models that inherit another's table.
    """
    plan = _insert(type(row), unless, connection.vendor)
    return _inserted(row, plan.sql, _values(plan.slots, row, adding=True))


def insert_unless(row: models.Model, *, same: tuple[str, ...], since: tuple[str, datetime]) -> bool:
    """Inserts a new row as `insert` does, by one statement, unless one of the same values of the fields `same` has a
    moment (the field and the value of `since`) that is not before that one: the answer is False then.

    Two at the same moment may both be inserted.
    """
    plan = _insert_unless(type(row), same, since[0], connection.vendor)
    values = _values(plan.slots, row, adding=True)
    by_name = dict(zip((slot.name for slot in plan.slots), values, strict=True))
    alike = [by_name[_field(type(row), name).attname] for name in same]
    return _inserted(row, plan.sql, [*values, *alike, connection.ops.adapt_datetimefield_value(since[1])])


def update(row: models.Model, *names: str, where: Mapping[str, Plain] | None = None) -> bool:
    """Writes these attributes of a saved row; what `save(update_fields=names)` does, without its signals.

    With `where`, only while the fields it names hold those values in the database; False when nothing was written.
    KeyError for a name that is no field of its own.
    """
    where = where or {}
    plan = _update(type(row), names, tuple(where), connection.vendor)
    values = _values(plan.slots, row, adding=False)
    held = [_field(type(row), name).get_db_prep_save(value, connection) for name, value in where.items()]
    with once() as cursor:
        cursor.execute(plan.sql, [*values, row.pk, *held])
        return bool(cursor.rowcount)


def insert_many(rows: "Sequence[models.Model]") -> None:
    """Inserts new rows of one model by one prepared statement, without their signals; they get no primary key."""
    if rows:
        plan = _insert(type(rows[0]), "", connection.vendor)
        _many(plan.sql.rpartition(" RETURNING ")[0], plan.slots, rows, adding=True)


def update_many(rows: "Sequence[models.Model]", *names: str) -> None:
    """Writes these attributes of saved rows of one model by one prepared statement, without their signals."""
    if rows and names:
        plan = _update(type(rows[0]), names, (), connection.vendor)
        _many(plan.sql, (*plan.slots, *_slots([rows[0]._meta.pk])), rows, adding=False)


def _many(sql: str, slots: Sequence[_Slot], rows: "Sequence[models.Model]", *, adding: bool) -> None:
    with once() as cursor:
        cursor.executemany(sql, [_values(slots, row, adding=adding) for row in rows])


def _values(slots: Iterable[_Slot], row: models.Model, *, adding: bool) -> list[Any]:
    """What is written of a row, as the database takes it."""
    to, held = connections[DEFAULT_DB_ALIAS], row.__dict__
    return [
        held[name]
        if type(held.get(name, _ABSENT)) in as_is
        else field.get_db_prep_save(field.pre_save(row, adding), to)
        for field, name, as_is in slots
    ]


def _inserted(row: models.Model, sql: str, values: Sequence[Any]) -> bool:
    """Runs an insertion that gives a key, and keeps it; False when nothing was inserted."""
    with once() as cursor:
        cursor.execute(sql, values)
        made = cursor.fetchone()
    if made is None:
        return False
    row.pk = made[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return True


@cache
def _update(model: type[models.Model], names: tuple[str, ...], where: tuple[str, ...], _vendor: str) -> _Statement:
    fields = tuple(_field(model, name) for name in names)
    columns = ", ".join(f"{_quoted(field)} = %s" for field in fields)
    held = "".join(f" AND {_quoted(_field(model, name))} = %s" for name in where)
    return _Statement(
        f"UPDATE {_table(model)} SET {columns} WHERE {_quoted(model._meta.pk)} = %s{held}", _slots(fields)
    )


@cache
def _insert(model: type[models.Model], unless: str, _vendor: str) -> _Statement:
    into, fields, slots, key = _into(model)
    on_conflict = f" ON CONFLICT ({_quoted(_field(model, unless))}) DO NOTHING" if unless else ""
    return _Statement(f"{into} VALUES ({slots}){on_conflict} RETURNING {key}", _slots(fields))


@cache
def _insert_unless(model: type[models.Model], same: tuple[str, ...], since: str, _vendor: str) -> _Statement:
    into, fields, slots, key = _into(model)
    alike = " AND ".join(f"{_quoted(_field(model, name))} = %s" for name in same)
    known = f"SELECT 1 FROM {_table(model)} WHERE {alike} AND {_quoted(_field(model, since))} >= %s"
    return _Statement(f"{into} SELECT {slots} WHERE NOT EXISTS ({known}) RETURNING {key}", _slots(fields))


def _into(model: type[models.Model]) -> tuple[str, "tuple[models.Field[Any, Any], ...]", str, str]:
    """Where an insertion goes, its fields, a slot for each, and the key that it gives."""
    fields = tuple(field for field in model._meta.concrete_fields if not field.primary_key)
    into = f"INSERT INTO {_table(model)} ({', '.join(map(_quoted, fields))})"
    return into, fields, ", ".join(["%s"] * len(fields)), _quoted(model._meta.pk)


def _slots(fields: Iterable[Any]) -> tuple[_Slot, ...]:
    return tuple(_Slot(field, field.attname, _as_is(field)) for field in fields)


def _as_is(field: Any) -> frozenset[type]:
    """The types of which Django changes no value of that field; PostgreSQL is told the width of each number."""
    if type(field) in (models.CharField, models.TextField):
        return _TEXTS
    if type(field) is models.BooleanField:
        return _YESNO
    if connection.vendor == "sqlite" and isinstance(field, (models.ForeignKey, models.PositiveIntegerField)):
        return _NUMBERS
    return frozenset()


def _table(model: type[models.Model]) -> str:
    return str(connection.ops.quote_name(model._meta.db_table))


def _field(model: type[models.Model], name: str) -> Any:
    by_name = {known: field for field in model._meta.concrete_fields for known in (field.name, field.attname)}
    return by_name[name]


def _quoted(field: Any) -> str:
    return str(connection.ops.quote_name(field.column))


def give(owners: Iterable[models.Model], name: str, rows: Iterable[Any], owner_of: Callable[[Any], int]) -> None:
    """Gives each owner its rows of the relation `name`, as `prefetch_related` does; `owner_of` tells the owner's key.

    An owner without any row has an empty relation: nobody asks the database again.
    """
    shared: dict[int, list[Any]] = {}
    for row in rows:
        shared.setdefault(owner_of(row), []).append(row)
    for owner in owners:
        kept = getattr(owner, name).all()
        kept._result_cache, kept._prefetch_done = shared.get(owner.pk, []), True
        owner.__dict__.setdefault("_prefetched_objects_cache", {})[name] = kept


class Slot(Expression):
    """The place of a value in a `Compiled` query."""

    def __init__(self, rank: int) -> None:
        super().__init__(output_field=models.Field())
        self.rank = rank

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """A parameter, itself, to be replaced by the value of its rank."""
        return "%s", [self]


class Compiled(Generic[T]):
    """A query whose SQL is written once: `make` builds it from slots, each call runs it with the values given.

    The values are numbers, strings, dates and moments, each compared with a column of its own kind. The query may join
    (`select_related`), annotate, defer, lock, or give tuples (`values_list`); it may not prefetch.
    """

    def __init__(self, make: Callable[..., "models.QuerySet[Any, T]"]) -> None:
        self._make = make
        self._kept = threading.local()  # a compiler belongs to the connection of its thread

    def __call__(self, *values: Plain) -> list[T]:
        """The rows."""
        return list(self._plan(len(values)).run(values))

    def bare(self, *values: Plain) -> list[Any]:
        """The rows as the database gives them, of which nothing is made: to be compared with those of before."""
        return list(self._plan(len(values)).fetched(values))

    def _plan(self, slots: int) -> "_Plan":
        plan: _Plan | None = getattr(self._kept, "plan", None)
        if plan is None or plan.connection is not connections[DEFAULT_DB_ALIAS]:
            plan = self._kept.plan = _Plan(self._make(*map(Slot, range(slots))))
        return plan

    def first(self, *values: Plain) -> T | None:
        """The first row; None when there is none."""
        rows = self(*values)
        return rows[0] if rows else None


class _Plan:
    """The SQL of a queryset, where its values go, and how its rows are made into what the queryset gives."""

    def __init__(self, queryset: "models.QuerySet[Any, Any]") -> None:
        self._compiler = compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.connection = compiler.connection
        self._sql, self._params = _with_constants(*compiler.as_sql())
        self._converters = compiler.get_converters([column[0] for column in compiler.select])
        plain = queryset._fields is not None  # type: ignore[attr-defined]
        self._rows = (lambda: tuple) if plain else _maker(compiler)

    def fetched(self, values: Sequence[Plain]) -> Sequence[Any]:
        params = [self._adapted(values[param.rank]) if isinstance(param, Slot) else param for param in self._params]
        with self.connection.once() as cursor:
            cursor.execute(self._sql, params)
            found: Sequence[Any] = cursor.fetchall()
            return found

    def run(self, values: Sequence[Plain]) -> Iterator[Any]:
        rows: Iterable[Any] = self.fetched(values)
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        return map(self._rows(), rows)

    def _adapted(self, value: Plain) -> Any:
        if isinstance(value, datetime):
            return self.connection.ops.adapt_datetimefield_value(value)
        return self.connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _with_constants(sql: str, params: Sequence[Any]) -> tuple[str, list[Any]]:
    """The statement with the words and numbers that never change written in it, and its other parameters.

    A database plans once what it sees whole: an index of open cases serves only where it reads that they are open.
    """
    left: list[Any] = []
    given = iter(params)

    def written(mark: re.Match[str]) -> str:
        value = next(given) if mark[0] == "%s" else None
        if isinstance(value, int) and not isinstance(value, bool):
            return str(int(value))
        if isinstance(value, str) and value.isidentifier():
            return f"'{value!s}'"
        if mark[0] == "%s":
            left.append(value)
        return mark[0]

    return re.sub("%[s%]", written, sql), left


def _maker(compiler: Any) -> Callable[[], Callable[[Sequence[Any]], Any]]:
    """Makes a model, and those it is joined to, of each row of an answer: as Django's ModelIterable does, but that rows
    which refer to the same one share it.
    """
    model, info, chosen = compiler.klass_info["model"], compiler.klass_info, compiler.klass_info["select_fields"]
    start, end = chosen[0], chosen[-1] + 1
    names = tuple(column[0].target.attname for column in compiler.select[start:end])
    annotated = tuple(compiler.annotation_col_map.items())
    related = get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
    joins = list(zip(related, map(_refers, info.get("related_klass_infos", ())), strict=True))
    from_db = _at_once(model).from_db
    _populate_at_once(related)

    def begin() -> Callable[[Sequence[Any]], models.Model]:
        known: dict[tuple[str, Any], Any] = {}

        def make(row: Sequence[Any]) -> models.Model:
            made: models.Model = from_db(DEFAULT_DB_ALIAS, names, row[start:end])
            for populator, field in joins:
                key = (field.attname, made.__dict__[field.attname]) if field else None
                if key in known:
                    field.set_cached_value(made, known[key])
                    continue
                populator.populate(row, made)
                if key:
                    known[key] = field.get_cached_value(made)
            for name, place in annotated:
                setattr(made, name, row[place])
            return made

        return make

    return begin


class _AtOnce:
    """Makes models as their `from_db` does, their attributes given all at once: for those that notice nothing."""

    def __init__(self, model: type[models.Model]) -> None:
        self._model = model

    def from_db(self, db: str, names: Sequence[str], values: Sequence[Any]) -> models.Model:
        """A saved row of these columns; the others are read when they are asked for."""
        made = self._model.__new__(self._model)
        state = made._state = ModelState()
        state.adding, state.db = False, db
        made.__dict__.update(zip(names, values, strict=True))
        return made


def _at_once(model: type[models.Model]) -> Any:
    """What has the `from_db` of that model: itself, when it does something of its own as it is made."""
    itself = model.__init__ is models.Model.__init__ and model.from_db.__func__ is models.Model.from_db.__func__  # type: ignore[attr-defined]
    heard = pre_init.has_listeners(model) or post_init.has_listeners(model)
    plain = {type(getattr_static(model, field.attname)) for field in model._meta.concrete_fields} <= _PLAIN
    return _AtOnce(model) if itself and plain and not heard else model


_PLAIN = {DeferredAttribute, ForeignKeyDeferredAttribute}


def _populate_at_once(populators: Iterable[Any]) -> None:
    for one in populators:
        one.model_cls = _at_once(one.model_cls)
        _populate_at_once(one.related_populators)


def _refers(info: Any) -> Any:
    """The foreign key by which several rows may refer to the same one; None for any other join."""
    shared = not info["reverse"] and not info["from_parent"] and not info["field"].unique
    return info["field"] if shared else None
