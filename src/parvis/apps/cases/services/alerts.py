"""An alert written on a request, and the names of the staff kept from its citizen while a threat stands."""

from typing import Any

from django.db import transaction

from parvis.apps.cases.journal import EntryDraft, write
from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services.moves import lock
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.lib.clock import now


@transaction.atomic
def mark_alert(*, case_id: int, kind: str, words: str, hide_names: bool, by: User) -> Case:
    """Writes in the journal, which never leaves the house, what was marked and why; `hide_names` from now on.

    The clock, the state and the service stay what they were. Raises NotFound.
    """
    case = lock(case_id)
    changes: dict[str, Any] = {"names_hidden_at": now()} if hide_names and case.names_hidden_at is None else {}
    write(case, EntryDraft(Entry.Kind.ALERTED, by=Actor.staff(by), body=words, data={"alert": kind}), **changes)
    return case


@transaction.atomic
def lift_alert(*, case_id: int, kind: str, words: str, show_names: bool, by: User) -> Case:
    """Writes that a mark was lifted and why; with `show_names` the names of the staff are told again. NotFound."""
    case = lock(case_id)
    changes: dict[str, Any] = {"names_hidden_at": None} if show_names and case.names_hidden_at else {}
    write(case, EntryDraft(Entry.Kind.LIFTED, by=Actor.staff(by), body=words, data={"alert": kind}), **changes)
    return case
