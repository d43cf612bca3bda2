"""Sends updates of an incident, and its end, to every follower in their own channel and language."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.cases.letters.incident_letters import NEWS_RENDERER
from parvis.apps.cases.models import (
    Case,
    ClosingReason,
    Entry,
    FollowerNotification,
    Incident,
    PaperLetter,
    Report,
    Update,
)
from parvis.apps.cases.queries import incidents as queries
from parvis.apps.cases.queries.language_choice import language_of
from parvis.apps.cases.rules.states import Transition, allows
from parvis.apps.cases.services.incidents.deciding import say_news, settle
from parvis.apps.cases.services.incidents.incidents import lift, locked_incident, require_opener
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.transitions import (
    apply_transition,
    channel_to,
    heads,
    lock_case,
    notification_channel,
    words_or_refuse,
    write_and_notify,
)
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.directory.models import Actor, User
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.people import ids_of
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed, type_text
from parvis.lib.jobs import announce, enqueue, event, job

TELL = job("parvis.apps.cases.tasks.tell_followers")
CALL_OWED = event("cases.follower_call_owed")
AT_ONCE = 50  # followers notified by one job, which then enqueues the next one
LONGEST = 2000
ENDS = (
    *(ClosingReason.DONE, ClosingReason.ANSWERED, ClosingReason.PLANNED, ClosingReason.NOT_OURS),
    ClosingReason.NOT_FOUND,
)


@transaction.atomic
def send_update(
    *,
    incident_id: int,
    key: str,
    words_fr: str,
    words_en: str,
    by: User,
    until: datetime | None = None,
    approved: bool = False,
) -> Update:
    """Enqueues the sending of an update to the followers, and shows it beside the incident's notice; once per key.

    Beside a public notice, it waits for a second person, unless `by` decides alone. `until` is the new expected end;
    None leaves it unchanged. `approved`: a second person approved these words already, so that the role of `by` is not
    asked. Raises NotAllowed, NotFound, Conflict when the incident is over, Invalid (words_fr, words_en when someone
    follows in English, until).
    """
    if not approved:
        require_opener(by)
    existing = _existing_update(incident_id, key)
    if existing is not None:
        return existing
    incident = locked_incident(incident_id)
    _validate(incident, words_fr, words_en)
    if until is not None and until <= now():
        raise Invalid(_("Something is to be mended."), {"until": _("Choose a moment to come.")})
    update = _create_update(incident, key, words_fr, words_en, by)
    said: dict[str, Any] = {"news_fr": update.words_fr, "news_en": update.words_en}
    said |= {"until": until} if until else {}
    say_news(incident, said, by, approved=approved)
    queries.forget()
    return update


@transaction.atomic
def clear_news(*, incident_id: int, words_fr: str, words_en: str) -> bool:
    """Stops showing the last update beside the incident's notice when it is these words; whether it was. The update and
    what the followers received stay. Nothing is done when the incident is over.
    """
    rows = Incident.objects.select_for_update(of=("self",)).select_related("notice")
    incident = rows.filter(pk=incident_id).first()
    if incident is None or not incident.is_open:
        return False
    notice = incident.notice
    if (notice.news_fr, notice.news_en) != (words_fr.strip(), words_en.strip()):
        return False
    notice.news_fr, notice.news_en, notice.news_at, notice.changed_at = "", "", None, now()
    notice.save(update_fields=["news_fr", "news_en", "news_at", "changed_at"])
    queries.forget()
    return True


@transaction.atomic
def end_incident(
    *, incident_id: int, key: str, reason: str, words_fr: str, words_en: str, by: User, proof: str = ""
) -> Update:
    """Ends an incident: hides its notice, notifies each follower, and closes each case joined to it.

    Those cases may still be reopened as not fixed. Raises NotAllowed, NotFound, Conflict when it is over, Invalid
    (reason, words_fr, words_en, and proof when the reason is `DONE` and a joined case requires one).
    """
    existing = _existing_update(incident_id, key)
    if existing is not None:
        return existing
    incident = locked_incident(incident_id)
    if not queries.may_end(by, incident):
        raise NotAllowed(_("Your role does not end incidents of this department."))
    errors: dict[str, type_text] = {}
    if reason not in ENDS:
        errors["reason"] = _("Choose why it ends.")
    if reason == ClosingReason.DONE and not proof.strip() and _requires_proof(incident):
        errors["proof"] = _("A request joined to it asks for a proof: say what was done and seen.")
    _validate(incident, words_fr, words_en, errors)
    update = _create_update(incident, key, words_fr, words_en, by, proof=proof.strip(), ends=True)
    incident.ended_at, incident.ended_by, incident.reason = update.at, by, reason
    incident.save(update_fields=["ended_at", "ended_by", "reason"])
    settle(incident)
    lift(incident.notice, update.at)
    return update


def _existing_update(incident_id: int, key: str) -> Update | None:
    """The update already sent with that key; the lock makes concurrent submissions wait for each other."""
    Incident.objects.select_for_update(of=("self",)).filter(pk=incident_id).first()
    return Update.objects.filter(key=key).first()


def _validate(incident: Incident, words_fr: str, words_en: str, errors: dict[str, type_text] | None = None) -> None:
    errors = dict(errors or {})
    for name, words in (("words_fr", words_fr), ("words_en", words_en)):
        if len(words) > LONGEST:
            errors[name] = _("At most %(count)d characters.") % {"count": LONGEST}
    if not words_fr.strip():
        errors["words_fr"] = _("Write a few words.")
    english = queries.following(incident).english
    if english and not words_en.strip():
        text = ngettext("One person follows it in English.", "%(n)d people follow it in English.", english)
        errors["words_en"] = text % {"n": english}
    if errors:
        raise Invalid(_("Something is to be mended."), errors)


def _requires_proof(incident: Incident) -> bool:
    joined = Case.objects.filter(reports__incident=incident, reports__withdrawn_at=None).exclude(state="closed")
    return joined.exclude(subject__proof=Subject.Proof.NONE).exists()


def _create_update(
    incident: Incident, key: str, words_fr: str, words_en: str, by: User, *, proof: str = "", ends: bool = False
) -> Update:
    update = Update.objects.create(
        key=key,
        incident=incident,
        words_fr=words_or_refuse(words_fr, "words_fr"),
        words_en=words_en.strip(),
        proof=proof,
        ends=ends,
        at=now(),
        by=by,
    )
    enqueue(TELL, update.pk)
    return update


def notify_followers(*, update_id: int) -> int:
    """Notifies the next AT_ONCE followers of an update, one transaction each; returns how many.

    Running twice notifies nobody twice. Enqueues itself again while followers remain.
    """
    update = Update.objects.select_related("incident__notice", "by").get(pk=update_id)
    rows = queries.tellers(update.incident, until=update.at).exclude(tellings__update=update)
    report_ids = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    for report_id in report_ids:
        _notify_one(update, report_id)
    if len(report_ids) == AT_ONCE:
        enqueue(TELL, update.pk)
    else:
        Update.objects.filter(pk=update.pk, notified_at=None).update(notified_at=now())
    return len(report_ids)


@transaction.atomic
def _notify_one(update: Update, report_id: int) -> None:
    Update.objects.select_for_update().get(pk=update.pk)  # serialises the two reports that one person may have
    rows = Report.objects.select_for_update(of=("self",)).select_related("person__address__street")
    report = rows.get(pk=report_id)
    still_due = queries.tellers(update.incident, until=update.at).filter(pk=report_id)
    if not still_due.exists() or report.tellings.filter(update=update).exists():
        return
    entry = _notify_by_case(update, report, report.case_id) if report.case_id else None
    channel = entry.notified_via if entry else Entry.NotifiedVia.NOBODY if report.case_id else _channel(report)
    telling = FollowerNotification.objects.create(
        update=update, report=report, notified_via=channel, entry=entry, at=now()
    )
    if entry is None:
        _send(telling, report)


def _channel(report: Report) -> str:
    channel = notification_channel(report.person)
    opted_out = report.person is not None and report.person.canonical.reach == Person.Reach.NONE
    if channel == Entry.NotifiedVia.NOBODY and report.phone and not opted_out:
        return Entry.NotifiedVia.PHONE
    return channel


def _send(telling: FollowerNotification, report: Report) -> None:
    if telling.notified_via == Entry.NotifiedVia.EMAIL and report.person:
        queue_letter(
            key=f"incident/{telling.update_id}/{report.pk}",
            to=report.person.canonical.email,
            language=telling.update.language_for(report.language),
            renderer=NEWS_RENDERER,
            args=[telling.pk],
        )
    elif telling.notified_via == Entry.NotifiedVia.PHONE:
        announce(CALL_OWED, telling.pk)
    elif telling.notified_via == Entry.NotifiedVia.POST and report.person:
        _print(telling, report, "")


def _print(telling: FollowerNotification, report: Report, instead_of: str) -> None:
    if report.person:
        person = report.person.canonical
        values = {"name": person.name, "address": person.postal_address, "asked_at": now()}
        PaperLetter.objects.get_or_create(telling=telling, defaults=values | {"instead_of": instead_of[:300]})


def _notify_by_case(update: Update, report: Report, case_id: int) -> Entry | None:
    """The entry that informs the citizen of a case, or closes it; None when it was closed meanwhile.

    No second letter is sent to a person already notified through another case.
    """
    case = lock_case(case_id)
    if not case.is_open and not _is_informed_directly(update, case):
        return None
    reads = language_of(case)
    written = update.language_for(reads)
    words, other = (update.words_fr, update.words_en) if written == "fr" else (update.words_en, update.words_fr)
    data: dict[str, Any] = {"incident": update.incident_id, "update": update.pk}
    data |= {"language": written} if written != reads else {}
    line = EntryDraft(
        Entry.Kind.INFORMED,
        by=Actor.staff(update.by),
        body=words,
        notified_via=Entry.NotifiedVia.NOBODY if _already_notified(update, report) else channel_to(case),
        data=data,
        other=other,
    )
    if not update.ends or not case.is_open:
        return write_and_notify(case, line)
    if not allows(Transition.CLOSE, case.state, comment=case.nature == Nature.COMMENT):
        return None
    reason = update.incident.reason
    line = replace(line, kind=Entry.Kind.CLOSED, proof=update.proof, data={**data, "reason": reason})
    return apply_transition(case, Transition.CLOSE, line, closing_reason=reason, closed_at=now())


def _already_notified(update: Update, report: Report) -> bool:
    """Whether the person was notified through another report, including those of merged files."""
    if report.person is None:
        return False
    tellings = FollowerNotification.objects.filter(update=update, report__person__in=ids_of(report.person.canonical))
    return tellings.exclude(notified_via=FollowerNotification.NotifiedVia.NOBODY).exists()


def _is_informed_directly(update: Update, case: Case) -> bool:
    """Whether a merged case is informed by itself: no case above it is joined to the incident."""
    above = heads(case.pk)[1:]
    joined = Report.objects.filter(incident=update.incident, case__in=above, withdrawn_at=None, follows=True)
    return bool(above) and not joined.exists()


@transaction.atomic
def tell_follower_on_paper(*, telling_id: int, refusal: str) -> None:
    """Prints the letter to a follower without phone whose e-mail bounced for good, once.

    Without a postal address, the follower counts among those who could not be notified.
    """
    rows = FollowerNotification.objects.select_for_update(of=("self",)).select_related(
        "report__person__address__street"
    )
    telling = rows.filter(pk=telling_id, notified_via=Entry.NotifiedVia.EMAIL).first()
    if telling is None:
        return
    person = telling.report.person.canonical if telling.report.person else None
    channel = Entry.NotifiedVia.NOBODY
    if person and person.postal_address:
        _print(telling, telling.report, refusal or "-")
        channel = Entry.NotifiedVia.POST
    FollowerNotification.objects.filter(pk=telling.pk).update(notified_via=channel)
