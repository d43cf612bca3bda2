"""Records alerts on a case, and hides staff names from its citizen during a threat."""

from typing import Any

from django.db import transaction

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.transitions import lock_case
from parvis.apps.directory.models import Actor, User
from parvis.lib.clock import now


@transaction.atomic
def mark_alert(*, case_id: int, kind: str, words: str, hide_names: bool, by: User) -> Case:
    """Records an internal entry for an alert, and hides staff names from now on with `hide_names`.

    The clock, the state and the department are unchanged. Raises NotFound.
    """
    case = lock_case(case_id)
    changes: dict[str, Any] = {"names_hidden_at": now()} if hide_names and case.names_hidden_at is None else {}
    write_entry(case, EntryDraft(Entry.Kind.ALERTED, by=Actor.staff(by), body=words, data={"alert": kind}), **changes)
    return case


@transaction.atomic
def lift_alert(*, case_id: int, kind: str, words: str, show_names: bool, by: User) -> Case:
    """Records that an alert was lifted, and shows staff names again with `show_names`. Raises NotFound."""
    case = lock_case(case_id)
    changes: dict[str, Any] = {"names_hidden_at": None} if show_names and case.names_hidden_at else {}
    write_entry(case, EntryDraft(Entry.Kind.LIFTED, by=Actor.staff(by), body=words, data={"alert": kind}), **changes)
    return case
