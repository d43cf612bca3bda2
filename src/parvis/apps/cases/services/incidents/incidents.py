"""Opens, corrects and undoes incidents; joins reports and cases to them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Entry, Incident, Report
from parvis.apps.cases.queries import incidents as queries
from parvis.apps.cases.services.incidents.deciding import change, publish_or_ask, settle
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.transitions import lock_case, notification_channel
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.content.models import Notice
from parvis.apps.directory.models import Actor, Department, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.places.models import Sector, Street
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.people import ids_of
from parvis.apps.schedules.models import RoadNotice
from parvis.lib.clock import now
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, NotAllowed, type_text
from parvis.lib.words import one_line

LONGEST_TITLE, LONGEST_WORDS, MOST_HEARD = 160, 600, 20


@dataclass(frozen=True)
class Words:
    """The text of an incident in both languages, and its place: a street, a sector, or `whole_town`.

    `whole_town` must be chosen explicitly, never by leaving the place empty. `heard`: callers' words that match it.
    """

    title_fr: str
    title_en: str
    say_fr: str
    say_en: str
    subject: Subject | None = None
    heard: list[str] = field(default_factory=list)
    street: Street | None = None
    civic_from: int | None = None
    civic_to: int | None = None
    side: str = RoadNotice.Side.BOTH
    sector: Sector | None = None
    until: datetime | None = None
    whole_town: bool = False


@dataclass(frozen=True)
class Joining:
    """Someone who reports an incident; `key` identifies the submission. `follows`: wants to be notified of updates."""

    key: str
    channel: str
    language: str = "fr"
    person: Person | None = None
    phone: str = ""
    follows: bool = True


def open_incident(*, key: str, words: Words, department: Department, by: User) -> Incident:
    """Opens an incident, said at once by the agents; the same key twice opens one.

    The public reads it once a second person has approved it, at once when `by` decides alone. Raises NotAllowed, and
    Invalid by field: `street` when no place is given.
    """
    require_opener(by)
    values = _validated(words, now())
    with transaction.atomic():
        if existing := Incident.objects.filter(key=key).first():
            return existing
        at = now()
        notice = Notice.objects.create(since=at, changed_at=at, desk_only=True, **values)
        incident = Incident.objects.create(key=key, notice=notice, department=department, opened_at=at, opened_by=by)
        publish_or_ask(incident, by)
    queries.forget()
    return incident


@transaction.atomic
def correct_incident(*, incident_id: int, words: Words, by: User) -> Incident:
    """Corrects the text of an incident, recording the previous one; does nothing without a change.

    The public keeps reading the former words until a second person has approved these, unless `by` decides alone.
    Raises NotAllowed, NotFound, Conflict when it ended, Invalid.
    """
    require_opener(by)
    incident = locked_incident(incident_id)
    change(incident, _validated(words, incident.notice.until or now()), by)
    queries.forget()
    return incident


@transaction.atomic
def undo_incident(*, incident_id: int, by: User) -> Incident:
    """Undoes an incident opened by mistake: it is no longer shown nor counted. Twice changes nothing.

    Raises NotAllowed unless `by` opened it, NotFound, Conflict when others joined or were notified.
    """
    rows = Incident.objects.select_related("notice").filter(pk=incident_id)
    incident = locked_row(rows, _("This incident does not exist."))
    if incident.undone_at:
        return incident
    if incident.opened_by_id != by.pk:
        raise NotAllowed(_("Only the person who opened this incident takes it back."))
    if not queries.stands_alone(incident):
        raise Conflict(_("Others joined this incident: end it, and say to them that it was a mistake."))
    moment = now()
    for report in incident.reports.filter(withdrawn_at=None):
        _withdraw(report, moment)
    incident.undone_at, incident.undone_by, incident.key = moment, by, f"undone/{incident.pk}"
    incident.save(update_fields=["undone_at", "undone_by", "key"])
    settle(incident)
    lift(incident.notice, moment)
    return incident


def lift(notice: Notice, moment: datetime) -> None:
    """Stops showing a notice."""
    notice.lifted_at = notice.changed_at = moment
    notice.save(update_fields=["lifted_at", "changed_at"])
    queries.forget()


@transaction.atomic
def join_incident(*, incident_id: int, joining: Joining, by: User) -> Report:
    """Adds a report, whose author follows the incident if they can be reached; once per key.

    A person who follows already is notified only once. Raises NotAllowed, NotFound, Conflict when the incident ended.
    """
    require_opener(by)
    incident = locked_incident(incident_id)
    if existing := Report.objects.filter(key=joining.key).first():
        return existing
    follows = joining.follows and reachable(joining.person, joining.phone)
    report = Report.objects.create(
        key=joining.key,
        incident=incident,
        channel=joining.channel,
        language=joining.language,
        person=joining.person,
        phone=joining.phone,
        wished=follows,
        follows=follows and not _same_reporter(incident, joining.person, joining.phone).filter(follows=True).exists(),
        at=now(),
        by=by,
    )
    queries.forget()
    return report


@transaction.atomic
def join_case(*, incident_id: int, case_id: int, by: User) -> Report:
    """Joins an open case to an incident, once: its citizen receives each update, and it closes with the incident.

    Raises NotAllowed, NotFound, and Conflict when either is over, or for a comment.
    """
    require_opener(by)
    incident, case = locked_incident(incident_id), lock_case(case_id)
    if not queries.may_join_case(by, case):
        raise NotAllowed(_("Your role does not allow this on this request."))
    if existing := Report.objects.filter(incident=incident, case=case, withdrawn_at=None).first():
        return existing
    if not case.is_open or case.nature == Nature.COMMENT:
        raise Conflict(_("Only an open request can be joined to an incident."))
    line = EntryDraft(Entry.Kind.JOINED, by=Actor.staff(by), body=incident.notice.title, data={"incident": incident.pk})
    entry = write_entry(case, line)
    report = Report.objects.create(
        key=f"{case.reference}/{entry.seq}",
        incident=incident,
        channel=case.channel,
        language=case.language,
        person=case.person,
        case=case,
        wished=True,
        follows=True,
        at=now(),
        by=by,
    )
    _same_reporter(incident, case.person, "").filter(case=None, follows=True).update(follows=False)
    queries.forget()
    return report


@transaction.atomic
def leave_incident(*, report_id: int, by: User) -> Report:
    """Undoes `join_incident` or `join_case`: the report no longer counts nor notifies. Twice changes nothing.

    Raises NotAllowed unless `by` joined it or is a manager, NotFound, Conflict when the incident is over.
    """
    report = _locked_report(report_id)
    if report.by_id != by.pk and not queries.may_end(by, report.incident):
        raise NotAllowed(_("Only the person who joined it, or a manager, takes it back."))
    if report.withdrawn_at:
        return report
    _withdraw(report, now())
    if report.follows:
        same_reporter = _same_reporter(report.incident, report.person, report.phone)
        other = same_reporter.filter(wished=True).order_by("pk").first()
        if other:
            Report.objects.filter(pk=other.pk).update(follows=True)
    if report.case_id:
        case = lock_case(report.case_id)
        data = {"incident": report.incident_id}
        write_entry(case, EntryDraft(Entry.Kind.LEFT, by=Actor.staff(by), body=report.incident.notice.title, data=data))
    queries.forget()
    return report


def _withdraw(report: Report, moment: datetime) -> None:
    """Frees the key, so that the same form may be submitted again."""
    report.withdrawn_at, report.key = moment, f"undone/{report.pk}"
    report.save(update_fields=["withdrawn_at", "key"])


@transaction.atomic
def stop_following(*, report_id: int, by: User) -> Report:
    """Stops notifying the person, who is still counted. Raises NotAllowed, NotFound, Conflict."""
    require_opener(by)
    report = _locked_report(report_id)
    reports = _same_reporter(report.incident, report.person, report.phone)
    reports.update(wished=False)
    reports.filter(case=None).update(follows=False)  # each merged file may have had its own
    Report.objects.filter(pk=report.pk).update(follows=False, wished=False)
    return report


@transaction.atomic
def follow_apart(*, keys: Sequence[str], person: Person, left: Person) -> None:
    """After two files are unmerged, moves the reports of these keys from `left` to `person`.

    Each person who asked to be notified of an incident in progress keeps one report that follows it.
    """
    open_reports = Report.objects.filter(withdrawn_at=None, incident__ended_at=None, incident__undone_at=None)
    open_reports.filter(Q(key__in=keys) | Q(case__person=person), person=left).update(person=person)
    for each in (person, left):
        followed: set[int] = set()
        wished = open_reports.filter(person__in=ids_of(each), wished=True).select_for_update(of=("self",), no_key=True)
        for report in wished.order_by("incident", "-follows", F("case").asc(nulls_last=True), "pk"):
            if report.incident_id not in followed and not report.follows:
                Report.objects.filter(pk=report.pk).update(follows=True)
            followed.add(report.incident_id)


def reachable(person: Person | None, phone: str) -> bool:
    """Whether a follower can be notified: by their preferred channel, or at the number they called from."""
    if person is not None and person.canonical.reach == Person.Reach.NONE:
        return False
    return notification_channel(person) != Entry.NotifiedVia.NOBODY or bool(phone)


def locked_incident(incident_id: int) -> Incident:
    """The incident in progress with its notice, its row locked. Raises NotFound, Conflict when it is over."""
    rows = Incident.objects.select_related("notice__subject").filter(pk=incident_id)
    incident = locked_row(rows, _("This incident does not exist."))
    if not incident.is_open:
        raise Conflict(_("This incident is over."))
    return incident


def _locked_report(report_id: int) -> Report:
    rows = Report.objects.select_related("incident__notice", "person").filter(pk=report_id)
    report = locked_row(rows, _("This report does not exist."))
    if not report.incident.is_open:
        raise Conflict(_("This incident is over."))
    return report


def _same_reporter(incident: Incident, person: Person | None, phone: str) -> QuerySet[Report]:
    """The reports of the same person, else of the same number; none when neither is known."""
    live = Report.objects.filter(incident=incident, withdrawn_at=None)
    if person is not None:
        return live.filter(person__in=ids_of(person.canonical))
    return live.filter(person=None, phone=phone) if phone else live.none()


def require_opener(by: User) -> None:
    """Raises NotAllowed unless `by` may open incidents."""
    by.require(Action.OPEN_INCIDENT, _("Your role does not open incidents."))


def _validated(words: Words, after: datetime) -> dict[str, Any]:
    """The fields of the notice; raises Invalid by field. The expected end must be after `after`, or in the future."""
    values = {each.name: getattr(words, each.name) for each in fields(words) if each.name != "whole_town"}
    errors: dict[str, type_text] = {}
    for name, longest in (("title", LONGEST_TITLE), ("say", LONGEST_WORDS)):
        for code in ("fr", "en"):
            key = f"{name}_{code}"
            values[key] = one_line(values[key])
            if not values[key]:
                errors[key] = _("Write a few words.")
            elif len(values[key]) > longest:
                errors[key] = _("At most %(count)d characters.") % {"count": longest}
    if words.until is not None and words.until <= min(after, now()):
        errors["until"] = _("Choose a moment to come.")
    if words.street is None and (words.civic_from is not None or words.civic_to is not None):
        errors["civic_from"] = _("Numbers belong to a street: choose it.")
    has_place = words.street is not None or words.sector is not None
    if words.whole_town and has_place:
        errors["whole_town"] = _("A street or a sector is given too: empty it, or untick the whole town.")
    if not words.whole_town and not has_place:
        errors["street"] = _("Say where: a street, a sector, or the whole town.")
    if errors:
        raise Invalid(_("Something is to be mended."), errors)
    values["heard"] = [phrase for phrase in (one_line(heard)[:80] for heard in words.heard) if phrase][:MOST_HEARD]
    if words.street:
        return values | {"sector": None, "place_fr": words.street.name, "place_en": words.street.name}
    sector = words.sector
    return values | {"place_fr": sector.name_fr if sector else "", "place_en": sector.name_en if sector else ""}
