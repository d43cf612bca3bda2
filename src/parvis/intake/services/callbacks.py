"""Calls promised, and calls made."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.cases import services as cases
from parvis.cases.models import Entry
from parvis.catalogue.promises import promise
from parvis.directory.models import User
from parvis.directory.queries import working_calendar
from parvis.intake.access import open_callback
from parvis.intake.models import Callback
from parvis.lib.clock import now
from parvis.lib.errors import Invalid

TIME_TO_CALL = "1d"


def owe_call(*, entry_id: int) -> Callback | None:
    """Makes the call that an entry owes to a citizen without e-mail, once; None when the entry owes none."""
    entry = Entry.objects.select_related("case__person").filter(pk=entry_id, told=Entry.Told.PHONE).first()
    if entry is None or entry.case.person is None:
        return None
    number = entry.case.person.phones.order_by("pk").values_list("number", flat=True).first()
    if number is None:
        return None
    try:
        with transaction.atomic():
            return Callback.objects.create(
                entry=entry,
                case=entry.case,
                person=entry.case.person,
                phone=number,
                reason=entry.body,
                due_at=promise(entry.at, TIME_TO_CALL, working_calendar()).due_at,
            )
    except IntegrityError:
        return Callback.objects.get(entry=entry)


@transaction.atomic
def callback_done(*, callback_id: int, note: str, by: User) -> Callback:
    """The person was reached: what was said is kept, on the case too if there is one. Raises Invalid without words."""
    callback = open_callback(callback_id, by)
    kept = note.strip()
    if not kept:
        raise Invalid(_("Write what was said."), {"note": _("Write what was said.")})
    callback.done_at, callback.done_by, callback.note = now(), by, kept
    callback.save(update_fields=["done_at", "done_by", "note"])
    if callback.case_id:
        cases.called(case_id=callback.case_id, words=kept, by=by)
    return callback


@transaction.atomic
def callback_missed(*, callback_id: int, note: str, by: User) -> Callback:
    """Nobody took the call: it stays owed, and the attempt is kept."""
    callback = open_callback(callback_id, by)
    callback.attempts = [*callback.attempts, {"at": now().isoformat(), "by": by.username, "note": note.strip()}]
    callback.save(update_fields=["attempts"])
    return callback
