"""One update of an incident told to every follower, each alone, in their own way and language; and its end."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.cases import incidents as queries
from parvis.apps.cases.incident_models import Incident, Report, Telling, Update
from parvis.apps.cases.journal import EntryDraft
from parvis.apps.cases.language_choice import language_of
from parvis.apps.cases.models import Case, ClosingReason, Entry, PaperLetter
from parvis.apps.cases.services.incidents import lift, locked_incident
from parvis.apps.cases.services.moves import (
    apply_move,
    channel_to,
    heads,
    lock,
    notification_channel,
    words_or_refuse,
    write_and_notify,
)
from parvis.apps.cases.states import Move, allows
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.mail import services as mail
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries import ids_of
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed, type_text
from parvis.lib.jobs import enqueue, job

TELL = job("parvis.apps.cases.tasks.tell_followers")
CALL = job("parvis.apps.intake.tasks.call_follower")
RENDERER = "parvis.apps.cases.incident_letters.news"
AT_ONCE = 50  # followers told by one job, which then asks for the next one
LONGEST = 2000
ENDS = (
    *(ClosingReason.DONE, ClosingReason.ANSWERED, ClosingReason.PLANNED, ClosingReason.NOT_OURS),
    ClosingReason.NOT_FOUND,
)


@transaction.atomic
def tell_update(
    *, incident_id: int, key: str, words_fr: str, words_en: str, by: User, until: datetime | None = None
) -> Update:
    """Tells all the followers of an incident something, and shows it beside its notice; the same key tells it once.

    `until` is the new end expected; None leaves it. Whoever follows by then is told by a job. Raises NotAllowed,
    NotFound, Conflict when it is over, Invalid (words_fr, words_en when someone follows in English, until).
    """
    if not by.may(Action.OPEN_INCIDENT):
        raise NotAllowed(_("Your role does not open incidents."))
    known = _told(incident_id, key)
    if known is not None:
        return known
    incident = locked_incident(incident_id)
    _check(incident, words_fr, words_en)
    if until is not None and until <= now():
        raise Invalid(_("Something is to be mended."), {"until": _("Choose a moment to come.")})
    update = _written(incident, key, words_fr, words_en, by)
    notice = incident.notice
    notice.news_fr, notice.news_en, notice.news_at, notice.changed_at = update.words_fr, update.words_en, now(), now()
    notice.until = until or notice.until
    notice.save(update_fields=["news_fr", "news_en", "news_at", "until", "changed_at"])
    queries.forget()
    return update


@transaction.atomic
def end_incident(
    *, incident_id: int, key: str, reason: str, words_fr: str, words_en: str, by: User, proof: str = ""
) -> Update:
    """Ends an incident: told no more, each follower told how it ended, each request joined to it closed so.

    Requests keep their own way back: "not fixed" reopens them. Raises NotAllowed, NotFound, Conflict when it is over,
    Invalid (reason, words_fr, words_en, and proof when a request joined asks for one and the work is said done).
    """
    known = _told(incident_id, key)
    if known is not None:
        return known
    incident = locked_incident(incident_id)
    if not queries.may_end(by, incident):
        raise NotAllowed(_("Your role does not end incidents of this department."))
    wrong: dict[str, type_text] = {}
    if reason not in ENDS:
        wrong["reason"] = _("Choose why it ends.")
    if reason == ClosingReason.DONE and not proof.strip() and _asks_proof(incident):
        wrong["proof"] = _("A request joined to it asks for a proof: say what was done and seen.")
    _check(incident, words_fr, words_en, wrong)
    update = _written(incident, key, words_fr, words_en, by, proof=proof.strip(), ends=True)
    incident.ended_at, incident.ended_by, incident.reason = update.at, by, reason
    incident.save(update_fields=["ended_at", "ended_by", "reason"])
    lift(incident.notice, update.at)
    return update


def _told(incident_id: int, key: str) -> Update | None:
    """What was told under that key already. Of two sendings at the same instant, the second waits for the first."""
    Incident.objects.select_for_update(of=("self",)).filter(pk=incident_id).first()
    return Update.objects.filter(key=key).first()


def _check(incident: Incident, words_fr: str, words_en: str, wrong: dict[str, type_text] | None = None) -> None:
    wrong = dict(wrong or {})
    for name, words in (("words_fr", words_fr), ("words_en", words_en)):
        if len(words) > LONGEST:
            wrong[name] = _("At most %(count)d characters.") % {"count": LONGEST}
    if not words_fr.strip():
        wrong["words_fr"] = _("Write a few words.")
    english = queries.following(incident).english
    if english and not words_en.strip():
        text = ngettext("One person follows it in English.", "%(n)d people follow it in English.", english)
        wrong["words_en"] = text % {"n": english}
    if wrong:
        raise Invalid(_("Something is to be mended."), wrong)


def _asks_proof(incident: Incident) -> bool:
    joined = Case.objects.filter(reports__incident=incident, reports__withdrawn_at=None).exclude(state="closed")
    return joined.exclude(subject__proof=Subject.Proof.NONE).exists()


def _written(
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


def tell_followers(*, update_id: int) -> int:
    """Tells the next AT_ONCE followers of an update, each in a transaction of their own; returns how many.

    Asked twice, nobody is told twice. Asks for itself again while followers are left.
    """
    update = Update.objects.select_related("incident__notice", "by").get(pk=update_id)
    rows = queries.tellers(update.incident, until=update.at).exclude(tellings__update=update)
    result = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    for report_id in result:
        _tell_one(update, report_id)
    if len(result) == AT_ONCE:
        enqueue(TELL, update.pk)
    else:
        Update.objects.filter(pk=update.pk, told_at=None).update(told_at=now())
    return len(result)


@transaction.atomic
def _tell_one(update: Update, report_id: int) -> None:
    Update.objects.select_for_update().get(pk=update.pk)  # one at a time: nobody is told by two of their reports
    rows = Report.objects.select_for_update(of=("self",)).select_related("person__address__street")
    report = rows.get(pk=report_id)
    tells = queries.tellers(update.incident, until=update.at).filter(pk=report_id)
    if not tells.exists() or report.tellings.filter(update=update).exists():
        return
    entry = _tell_by_case(update, report, report.case_id) if report.case_id else None
    told = entry.notified_via if entry else Entry.NotifiedVia.NOBODY if report.case_id else _way(report)
    telling = Telling.objects.create(update=update, report=report, notified_via=told, entry=entry, at=now())
    if entry is None:
        _send(telling, report)


def _way(report: Report) -> str:
    told = notification_channel(report.person)
    if told == Entry.NotifiedVia.NOBODY and report.phone and not _wishes_silence(report):
        return Entry.NotifiedVia.PHONE
    return told


def _wishes_silence(report: Report) -> bool:
    return report.person is not None and report.person.canonical.reach == Person.Reach.NONE


def _send(telling: Telling, report: Report) -> None:
    if telling.notified_via == Entry.NotifiedVia.EMAIL and report.person:
        mail.queue(
            key=f"incident/{telling.update_id}/{report.pk}",
            to=report.person.canonical.email,
            language=telling.update.language_for(report.language),
            renderer=RENDERER,
            args=[telling.pk],
        )
    elif telling.notified_via == Entry.NotifiedVia.PHONE:
        enqueue(CALL, telling.pk)
    elif telling.notified_via == Entry.NotifiedVia.POST and report.person:
        _print(telling, report, "")


def _print(telling: Telling, report: Report, instead_of: str) -> None:
    if report.person:
        person = report.person.canonical
        values = {"name": person.name, "address": person.postal_address, "asked_at": now()}
        PaperLetter.objects.get_or_create(telling=telling, defaults=values | {"instead_of": instead_of[:300]})


def _tell_by_case(update: Update, report: Report, case_id: int) -> Entry | None:
    """The entry that tells the citizen of a request, or closes it; None when it ended meanwhile by itself.

    Whoever was told by another of their requests reads it there, and gets no second letter.
    """
    case = lock(case_id)
    if not case.is_open and not _follows_merged(update, case):
        return None
    reads = language_of(case)
    written, told = (
        update.language_for(reads),
        Entry.NotifiedVia.NOBODY if _told_already(update, report) else channel_to(case),
    )
    words, other = (update.words_fr, update.words_en) if written == "fr" else (update.words_en, update.words_fr)
    data: dict[str, Any] = {"incident": update.incident_id, "update": update.pk}
    data |= {"language": written} if written != reads else {}
    if not update.ends or not case.is_open:
        line = EntryDraft(
            Entry.Kind.INFORMED, by=Actor.staff(update.by), body=words, notified_via=told, data=data, other=other
        )
        return write_and_notify(case, line)
    if not allows(Move.CLOSE, case.state, comment=case.nature == Nature.COMMENT):
        return None
    reason = update.incident.reason
    line = EntryDraft(
        Entry.Kind.CLOSED,
        by=Actor.staff(update.by),
        body=words,
        proof=update.proof,
        notified_via=told,
        data={**data, "reason": reason},
        other=other,
    )
    return apply_move(case, Move.CLOSE, line, closing_reason=reason, closed_at=now())


def _told_already(update: Update, report: Report) -> bool:
    """Whether the person was told of it by another report, of any of their files that are merged."""
    if report.person is None:
        return False
    theirs = Telling.objects.filter(update=update, report__person__in=ids_of(report.person.canonical))
    return theirs.exclude(notified_via=Telling.NotifiedVia.NOBODY).exists()


def _follows_merged(update: Update, case: Case) -> bool:
    """Whether a merged request hears of the incident by itself: none of those it is handled with is joined to it."""
    above = heads(case.pk)[1:]
    joined = Report.objects.filter(incident=update.incident, case__in=above, withdrawn_at=None, follows=True)
    return bool(above) and not joined.exists()


@transaction.atomic
def tell_follower_on_paper(*, telling_id: int, refusal: str) -> None:
    """Puts on paper what an e-mail refused for good was to tell a follower who has no number, once.

    Without a postal address the follower counts among those who could not be told.
    """
    telling = Telling.objects.select_for_update(of=("self",)).select_related("report__person__address__street")
    match = telling.filter(pk=telling_id, notified_via=Entry.NotifiedVia.EMAIL).first()
    if match is None:
        return
    person = match.report.person.canonical if match.report.person else None
    if person and person.postal_address:
        _print(match, match.report, refusal or "-")
    Telling.objects.filter(pk=match.pk).update(
        notified_via=Entry.NotifiedVia.POST if person and person.postal_address else Entry.NotifiedVia.NOBODY
    )
