"""Bringing rows to what a file says: made, mended, or taken away, and counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from django.db.models import Model, ProtectedError, QuerySet

M = TypeVar("M", bound=Model)
Gone = Literal["delete", "deactivate", "leave"]

_BATCH = 500


@dataclass(frozen=True)
class UpsertCounts:
    """How many rows were created, updated, kept although the file differs, and removed."""

    created: int = 0
    updated: int = 0
    kept: int = 0
    removed: int = 0

    def __add__(self, other: "UpsertCounts") -> "UpsertCounts":
        return UpsertCounts(
            self.created + other.created,
            self.updated + other.updated,
            self.kept + other.kept,
            self.removed + other.removed,
        )

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.created or self.updated or self.removed)


def sync_rows(
    rows: QuerySet[M], key: tuple[str, ...], wanted: Iterable[Mapping[str, Any]], *, gone: Gone
) -> UpsertCounts:
    """Make `rows` hold what is wanted; each mapping gives every field that the file owns, `key` among them.

    Fields are named as in the database (`department_id`). A row that is not wanted is deleted, unless something still
    points at it (then it is kept); or its `active` is cleared; or it is left alone, after `gone`.
    """
    present = {_key(row, key): row for row in rows}
    new, changed, fields = [], [], set[str]()
    for values in wanted:
        row = present.pop(tuple(values[name] for name in key), None)
        if row is None:
            new.append(rows.model(**values))
            continue
        differing = [name for name, value in values.items() if getattr(row, name) != value]
        for name in differing:
            setattr(row, name, values[name])
        if differing:
            changed.append(row)
            fields.update(differing)
    QuerySet[M](rows.model).bulk_create(new, batch_size=_BATCH)
    if changed:
        QuerySet[M](rows.model).bulk_update(changed, sorted(fields), batch_size=_BATCH)
    return UpsertCounts(len(new), len(changed)) + _take_away(list(present.values()), gone)


def _key(row: Model, key: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in key)


def _take_away(rows: list[M], gone: Gone) -> UpsertCounts:
    removed = kept = 0
    for row in rows:
        if gone == "deactivate":
            if row.active:  # type: ignore[attr-defined]
                row.active = False  # type: ignore[attr-defined]
                row.save(update_fields=["active"])
                removed += 1
        elif gone == "delete":
            try:
                row.delete()
                removed += 1
            except ProtectedError:
                kept += 1
    return UpsertCounts(removed=removed, kept=kept)
