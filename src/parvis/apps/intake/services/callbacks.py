"""Calls promised, and calls made."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.apps.cases import services as cases
from parvis.apps.cases.incident_models import Telling
from parvis.apps.cases.models import Entry
from parvis.apps.catalogue.promises import promise
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.access import open_callback
from parvis.apps.intake.models import Callback
from parvis.apps.residents.queries import number_of
from parvis.lib.clock import now
from parvis.lib.errors import Invalid
from parvis.lib.languages import pick

TIME_TO_CALL = "1d"


def owe_call(*, entry_id: int) -> Callback | None:
    """Makes the call that an entry owes to a citizen without e-mail, once; None when the entry owes none."""
    entry = _told(entry_id, Entry.NotifiedVia.PHONE)
    return _owe(entry, entry.body, since=entry.at) if entry else None


def _call_instead(*, entry_id: int, refusal: str) -> Callback | None:
    """The call that takes the place of the letter, once.

    None when the letter told no such entry, when its words were erased by law, or when nobody can be phoned.
    """
    entry = _told(entry_id, Entry.NotifiedVia.EMAIL)
    if entry is None or not entry.salt:
        return None
    why = _("The e-mail did not arrive (%(refusal)s). To be told by phone:") % {"refusal": refusal or "-"}
    return _owe(entry, f"{why}\n{entry.body}".strip(), since=now())


def tell_otherwise(*, entry_id: int, refusal: str) -> None:
    """Tells by phone, else on paper, what a letter refused for good was to tell; else the case says nobody could be.

    `refusal` says why it was refused, in a server's words. Asked twice, it is done once.
    """
    if _call_instead(entry_id=entry_id, refusal=refusal) is None:
        cases.print_instead(entry_id=entry_id, refusal=refusal)


def _told(entry_id: int, told: Entry.NotifiedVia) -> Entry | None:
    return Entry.objects.select_related("case__person").filter(pk=entry_id, notified_via=told).first()


def _owe(entry: Entry, reason: str, *, since: datetime) -> Callback | None:
    """The one call of an entry, to the first number of the person of its case; None without such a number."""
    person = entry.case.person.canonical if entry.case.person else None
    number = number_of(person)
    if not number:
        return None
    try:
        with transaction.atomic():
            return Callback.objects.create(
                entry=entry,
                case=entry.case,
                person=person,
                phone=number,
                reason=reason,
                due_at=promise(since, TIME_TO_CALL, working_calendar()).due_at,
            )
    except IntegrityError:
        return Callback.objects.get(entry=entry)


def owe_follower_call(*, telling_id: int) -> Callback | None:
    """Makes the call that someone who follows an incident is owed, once; None when nobody is to be phoned."""
    return _owe_follower(telling_id, Telling.NotifiedVia.PHONE, "")


def tell_follower_otherwise(*, telling_id: int, refusal: str) -> None:
    """Tells by phone, else on paper, what a letter refused for good was to tell a follower of an incident, once."""
    why = _("The e-mail did not arrive (%(refusal)s). To be told by phone:") % {"refusal": refusal or "-"}
    if _owe_follower(telling_id, Telling.NotifiedVia.EMAIL, why) is None:
        cases.tell_follower_on_paper(telling_id=telling_id, refusal=refusal)


def _owe_follower(telling_id: int, told: Telling.NotifiedVia, why: str) -> Callback | None:
    rows = Telling.objects.select_related("report__person", "update__incident__notice")
    telling = rows.filter(pk=telling_id, notified_via=told, entry=None).first()
    if telling is None:
        return None
    report = telling.report
    person = report.person.canonical if report.person else None
    number = number_of(person) or report.phone
    if not number:
        return None
    language = telling.update.language_for(report.language)
    title, words = pick(telling.update.incident.notice, "title", language), telling.update.words_in(language)
    try:
        with transaction.atomic():
            return Callback.objects.create(
                telling=telling,
                person=person,
                phone=number,
                reason=f"{why}\n{title}. {words}".strip(),
                due_at=promise(now(), TIME_TO_CALL, working_calendar()).due_at,
            )
    except IntegrityError:
        return Callback.objects.get(telling=telling)


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
