"""Callbacks owed to citizens, and their outcome."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Entry, FollowerNotification
from parvis.apps.cases.queries.citizens.means import reaches
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.incidents.incident_news import tell_follower_on_paper
from parvis.apps.cases.services.postal_letters import print_instead, write_instead
from parvis.apps.catalogue.rules.promises import promise
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.models import Callback, MailReply
from parvis.apps.intake.queries.access import open_callback
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.people import number_of
from parvis.lib.clock import now
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import pick

TIME_TO_CALL = "1d"


def owe_call(*, entry_id: int) -> Callback | None:
    """Creates, once, the callback that an entry owes to a citizen without e-mail; None when the entry owes none."""
    entry = _notified_entry(entry_id, Entry.NotifiedVia.PHONE)
    return _owe_for_entry(entry, entry.body, since=entry.at) if entry else None


def replace_refused_letter(*, entry_id: int, refusal: str) -> None:
    """Replaces a permanently refused e-mail by a callback or a paper letter; else the case records the failure.

    `refusal` is the reason in the mail server's words. Idempotent. An erased entry gets no callback, nor does one that
    reaches its citizen by another of the means that they chose.
    """
    entry, call = _notified_entry(entry_id, Entry.NotifiedVia.EMAIL), None
    if entry and reaches(entry):
        return
    if entry and entry.salt:
        call = _owe_for_entry(entry, f"{_not_delivered(refusal)}\n{entry.body}".strip(), since=now())
    if call is None:
        print_instead(entry_id=entry_id, refusal=refusal)


def replace_failed_notices(*, entry_id: int, reason: str) -> None:
    """Tells otherwise of an entry whose citizen chose means that all failed, texts or notices on a device.

    By the way of their file: a letter by e-mail, a callback, a paper letter; else the case records the failure.
    Idempotent, and nothing for an erased entry.
    """
    entry = Entry.objects.select_related("case__person").filter(pk=entry_id).exclude(salt="").first()
    if entry is None or reaches(entry) or write_instead(entry_id=entry_id):
        return
    if _owe_for_entry(entry, f"{_not_told(reason)}\n{entry.body}".strip(), since=now()) is None:
        print_instead(entry_id=entry_id, refusal=reason)


def _not_told(reason: str) -> str:
    return _("The message did not arrive (%(refusal)s). To be told by phone:") % {"refusal": reason or "-"}


def owe_call_for_answer(*, reply: MailReply) -> Callback | None:
    """Creates, once, the callback that an answer refused by the mail server owes; None without a phone number."""
    contact = reply.contact
    person = contact.person.canonical if contact.person else None
    reason = f"{_not_delivered(reply.refusal)}\n{reply.words}".strip()
    phone = number_of(person) or contact.phone
    return _create_once({"reply": reply}, phone, reason, person=person, since=now(), contact=contact)


def _not_delivered(refusal: str) -> str:
    return _("The e-mail did not arrive (%(refusal)s). To be told by phone:") % {"refusal": refusal or "-"}


def _notified_entry(entry_id: int, via: Entry.NotifiedVia) -> Entry | None:
    return Entry.objects.select_related("case__person").filter(pk=entry_id, notified_via=via).first()


def _owe_for_entry(entry: Entry, reason: str, *, since: datetime) -> Callback | None:
    person = entry.case.person.canonical if entry.case.person else None
    return _create_once({"entry": entry}, number_of(person), reason, person=person, since=since, case=entry.case)


def _create_once(
    cause: dict[str, Any], phone: str, reason: str, *, person: Person | None, since: datetime, **values: Any
) -> Callback | None:
    """Creates the callback of an entry or a telling, or returns the existing one; None without a phone number."""
    if not phone:
        return None
    due_at = promise(since, TIME_TO_CALL, working_calendar()).due_at
    try:
        with transaction.atomic():
            return Callback.objects.create(**cause, **values, person=person, phone=phone, reason=reason, due_at=due_at)
    except IntegrityError:
        return Callback.objects.get(**cause)


def owe_follower_call(*, telling_id: int) -> Callback | None:
    """Creates, once, the callback owed to a follower of an incident; None when nobody is to be phoned."""
    return _owe_follower(telling_id, FollowerNotification.NotifiedVia.PHONE)


def tell_follower_otherwise(*, telling_id: int, refusal: str) -> None:
    """Replaces a permanently refused e-mail to a follower of an incident by a callback, else by paper. Idempotent."""
    if _owe_follower(telling_id, FollowerNotification.NotifiedVia.EMAIL, _not_delivered(refusal)) is None:
        tell_follower_on_paper(telling_id=telling_id, refusal=refusal)


def _owe_follower(telling_id: int, via: FollowerNotification.NotifiedVia, preamble: str = "") -> Callback | None:
    rows = FollowerNotification.objects.select_related("report__person", "update__incident__notice")
    telling = rows.filter(pk=telling_id, notified_via=via, entry=None).first()
    if telling is None:
        return None
    report, update = telling.report, telling.update
    person = report.person.canonical if report.person else None
    language = update.language_for(report.language)
    reason = f"{preamble}\n{pick(update.incident.notice, 'title', language)}. {update.words_in(language)}".strip()
    return _create_once({"telling": telling}, number_of(person) or report.phone, reason, person=person, since=now())


@transaction.atomic
def callback_done(*, callback_id: int, note: str, by: User) -> Callback:
    """Closes a callback with what was said, also noted on its case. Raises Invalid (note) without words."""
    callback = open_callback(callback_id, by)
    note = note.strip()
    if not note:
        raise Invalid.in_field("note", _("Write what was said."))
    callback.done_at, callback.done_by, callback.note = now(), by, note
    callback.save(update_fields=["done_at", "done_by", "note"])
    if callback.case_id:
        citizen.called(case_id=callback.case_id, words=note, by=by)
    return callback


@transaction.atomic
def callback_missed(*, callback_id: int, note: str, by: User) -> Callback:
    """Records an attempt without answer; the callback stays open."""
    callback = open_callback(callback_id, by)
    callback.attempts = [*callback.attempts, {"at": now().isoformat(), "by": by.username, "note": note.strip()}]
    callback.save(update_fields=["attempts"])
    return callback
