"""The rules of the retention schedule: each app registers those of its own data in the `ready()` of its `apps.py`.

How long is data of the town (`retention.yaml`): a rule without a period there never proposes anything.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from parvis.lib.errors import type_text


@dataclass(frozen=True)
class Rule:
    """What one app keeps, and no longer than a period.

    `slug`: the label of the app and a name, "households.proofs". `title`: what is kept. `since`: the moment from which
    the period runs, in words. `rows`: what exists and still holds what is to be destroyed, with what `label` and `file`
    read. `due`: which of them began their period before a moment. `label`: one row in words that name nobody more than
    is needed. `file`: whose file it is of, as a hold names it: the public identifier of a household, "account-12"; ""
    for nobody's. `destroyer`: destroys the rows of these primary keys where deleting them is not what is wanted; `rows`
    then lists none of them.
    """

    slug: str
    title: type_text
    since: type_text
    rows: "Callable[[], QuerySet[Any, Any]]"
    due: Callable[[datetime], Q]
    label: Callable[[Any], str]
    file: Callable[[Any], str]
    destroyer: Callable[[Collection[int]], object] | None = None

    def due_rows(self, before: datetime) -> "QuerySet[Any, Any]":
        """The rows whose period began before a moment, in the order of their primary keys."""
        return self.rows().filter(self.due(before)).order_by("pk")

    def left(self, ids: Collection[int]) -> set[int]:
        """Which of these primary keys still hold what is to be destroyed."""
        return set(self.rows().filter(pk__in=ids).values_list("pk", flat=True))

    def destroy(self, ids: Collection[int]) -> None:
        """Destroys the rows of these primary keys, due or not, in the caller's transaction; none that is gone fails."""
        if self.destroyer:
            self.destroyer(ids)
        else:
            self.rows().filter(pk__in=ids).delete()


_rules: dict[str, Rule] = {}
_finders: list[Callable[[str], str]] = []


def register(rules: Iterable[Rule]) -> None:
    """Registers the rules of an app; to be called in the `ready()` of its `apps.py`."""
    _rules.update({rule.slug: rule for rule in rules})


def register_finder(find: Callable[[str], str]) -> None:
    """Registers how an app names the file of a reference ("" when it has none), so that a hold covers a true one."""
    if find not in _finders:  # Django may call `ready()` twice
        _finders.append(find)


def rules() -> dict[str, Rule]:
    """The rules by slug, in the order of their slugs."""
    return dict(sorted(_rules.items()))


def file_named(reference: str) -> str:
    """What the file of that reference is called; "" when no app has it."""
    return next((name for find in _finders if (name := find(reference))), "")
