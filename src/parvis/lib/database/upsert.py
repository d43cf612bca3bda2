"""Synchronising database rows with the contents of a file, with counts of the changes."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any, Literal, TypeVar

from django.db.models import Model, ProtectedError, QuerySet

M = TypeVar("M", bound=Model)
Gone = Literal["delete", "deactivate", "leave"]

_BATCH = 500


@dataclass(frozen=True)
class UpsertCounts:
    """Rows created, updated, kept although the file differs, and removed."""

    created: int = 0
    updated: int = 0
    kept: int = 0
    removed: int = 0

    def __add__(self, other: "UpsertCounts") -> "UpsertCounts":
        return UpsertCounts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.created or self.updated or self.removed)


def sync_rows(
    rows: QuerySet[M], key: tuple[str, ...], wanted: Iterable[Mapping[str, Any]], *, gone: Gone
) -> UpsertCounts:
    """Makes `rows` match `wanted`; each mapping gives every field that the file owns, `key` included.

    Fields are named as in the database (`department_id`). By `gone`, an unwanted row is deleted (kept when something
    still refers to it), has its `active` flag cleared, or is left alone.
    """
    existing = {tuple(getattr(row, name) for name in key): row for row in rows}
    new, changed, fields = [], [], set[str]()
    for values in wanted:
        row = existing.pop(tuple(values[name] for name in key), None)
        if row is None:
            new.append(rows.model(**values))
            continue
        if changes := assign(row, values):
            changed.append(row)
            fields.update(changes)
    QuerySet[M](rows.model).bulk_create(new, batch_size=_BATCH)
    if changed:
        QuerySet[M](rows.model).bulk_update(changed, sorted(fields), batch_size=_BATCH)
    return UpsertCounts(len(new), len(changed)) + _remove(list(existing.values()), gone)


def assign(row: Model, values: Mapping[str, Any]) -> dict[str, str]:
    """Sets the attributes that differ, without saving; returns each as {name: "name: old -> new"}."""
    changes = {}
    for name, value in values.items():
        if (old := getattr(row, name)) != value:
            changes[name] = f"{name}: {old} -> {value}"
            setattr(row, name, value)
    return changes


def _remove(rows: list[M], gone: Gone) -> UpsertCounts:
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
