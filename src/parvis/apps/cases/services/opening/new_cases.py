"""Opens a case: routing, promise, journal and receipt, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, CaseSite, Entry
from parvis.apps.cases.queries.assigning import Assigned, assigned
from parvis.apps.cases.queries.destinations import Destination, route_for
from parvis.apps.cases.queries.due_status import due_words
from parvis.apps.cases.queries.language_choice import LanguageChoice, set_language
from parvis.apps.cases.queries.sla_reminders import reminders_after
from parvis.apps.cases.services.filling import draft_in_language
from parvis.apps.cases.services.journal import EntryDraft, begin
from parvis.apps.cases.services.opening.details import checked
from parvis.apps.cases.services.opening.numbers import next_number
from parvis.apps.cases.services.transitions import notification_channel, notify_citizen
from parvis.apps.catalogue.models import Audience, Channel, Nature, SiteCode, Subject
from parvis.apps.catalogue.rules.promises import promise
from parvis.apps.directory.models import Actor
from parvis.apps.directory.queries import working_calendar
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.files.models import Attachment
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Person
from parvis.lib.clock import now
from parvis.lib.database.rows import Compiled
from parvis.lib.errors import Invalid, NotAllowed, type_text
from parvis.lib.ids import make_reference

LONGEST_WORDS = 20_000

_by_key = Compiled(lambda key: Case.objects.select_related("subject", "department").filter(key=key))


@dataclass(frozen=True)
class Opened:
    """A case just opened, or found again when the same submission came twice."""

    case: Case
    created: bool

    @property
    def due_words(self) -> str:
        """Its due date in words, in the active language; empty for a comment."""
        return due_words(self.case)


@dataclass(frozen=True)
class NewCase:
    """A request to the town; `key` identifies the submission, so that sending it twice opens one case."""

    key: str
    subject: Subject
    nature: str
    channel: str
    language: str = "fr"
    english_ground: str = ""  # for writing in English, if the town's policy allows it
    audience: str = Audience.RESIDENT
    words: str = ""
    title: str = ""
    details: Mapping[str, str] | None = None
    address: Address | None = None
    place_text: str = ""
    near_metres: int | None = None  # distance from the point to the address in `place_text`, if any
    point: tuple[float, float] | None = None  # latitude, longitude
    near: Address | None = None  # its street and side route the request when the place is a point or words
    person: Person | None = None
    on_behalf_of: str = ""
    urgent: bool = False
    photos: Sequence[Attachment] = ()
    site_code: SiteCode | None = None  # the code from which it is sent
    follows: bool = False  # already reported by someone: its place and questions are not required
    anonymous: bool = False  # by choice: a caller known to the town is not recorded
    reference: str = ""  # reserved before, and already given to the person
    asked_at: datetime | None = None  # when it was asked, if entered later after an outage


@dataclass(frozen=True)
class Plan:
    """What is decided before taking any lock: the validated answers, the destination, the due dates."""

    at: datetime
    details: list[dict[str, str]]
    route: Destination
    given: Assigned
    due_at: datetime | None
    ack_due_at: datetime | None = None
    next_reminder_at: datetime | None = None


def plan(new_case: NewCase, *, by: Actor) -> Plan:
    """Validates a request, routes it and computes its promise; writes nothing. Ignores `key`, `channel` and `person`.

    Raises Invalid (fields: words, place, on_behalf_of, and the keys of the subject's questions) and NotAllowed.
    """
    if by.user and not by.user.may(Action.OPEN_CASE):
        raise NotAllowed(_("Your role does not allow opening a request."))
    details = _validated_details(new_case)
    moment, calendar = new_case.asked_at or now(), working_calendar()
    where, subject = new_case.address or new_case.near, new_case.subject
    route = route_for(subject, where, new_case.words, new_case.audience, new_case.nature, point=new_case.point)
    today = calendar.local(now()).date()
    given = assigned(route.department, subject_id=subject.pk, owner=route.owner, on=today)
    if new_case.nature == Nature.COMMENT:
        return Plan(moment, details, route, given, due_at=None)
    target = promise(moment, subject.target, calendar)
    ack_due = promise(moment, subject.ack, calendar).due_at
    reminder = reminders_after(moment, moment, target.due_at, [], target.duration, ack_due)[1]
    return Plan(moment, details, route, given, target.due_at, ack_due, reminder)


def open_case(new_case: NewCase, *, by: Actor, planned: Plan | None = None) -> Opened:
    """Opens a case: validates, routes, promises, journals and queues the receipt, in one transaction.

    The worker indexes its words afterwards (`indexing.index_new_cases`). The same `key` twice gives the same case, with
    `created` False. A comment is thanked and passed on, without a promise. Raises as `plan`; a caller already in a
    transaction passes the result of an earlier `plan`.
    """
    planned = planned or plan(new_case, by=by)
    with transaction.atomic(savepoint=False):
        case = _create(new_case, planned, by)
    return Opened(case, True) if case else already_opened(_by_key(new_case.key)[0])


def already_opened(case: Case) -> Opened:
    """A case opened before by the same submission."""
    return Opened(case, False)


def _validated_details(new_case: NewCase) -> list[dict[str, str]]:
    errors: dict[str, type_text] = {}
    words = new_case.words.strip()
    if not words and new_case.nature in (Nature.COMMENT, Nature.COMPLAINT):
        errors["words"] = _("Write what the person says.")
    if len(words) > LONGEST_WORDS:
        errors["words"] = _("This is too long: keep it under 20,000 characters.")
    if new_case.nature == Nature.INFORMATION and not words:
        errors["words"] = _("Write the question.")
    has_place = new_case.address or new_case.point or new_case.place_text.strip()
    if not has_place and not new_case.follows and new_case.subject.place == Subject.Place.REQUIRED:
        errors["place"] = _("Say where: an address, an intersection, or a landmark.")
    details: list[dict[str, str]] = []
    try:
        asks_questions = new_case.nature != Nature.COMMENT and not new_case.follows
        questions = list(new_case.subject.questions.all()) if asks_questions else []
        details = checked(questions, new_case.details or {})
    except Invalid as refused:
        errors |= refused.fields
    if errors:
        raise Invalid(_("Something is missing before this request can be opened."), errors)
    return details


def _create(new_case: NewCase, planned: Plan, by: Actor) -> Case | None:
    """The new case; None when its key already exists."""
    route, comment = planned.route, new_case.nature == Nature.COMMENT
    year = working_calendar().local(planned.at).year
    case = Case(
        reference=new_case.reference or make_reference(year, next_number(year)),
        key=new_case.key,
        subject=new_case.subject,
        nature=new_case.nature,
        audience=new_case.audience,
        channel=new_case.channel,
        title=new_case.title.strip(),
        words=new_case.words.strip(),
        details=planned.details,
        address=new_case.address,
        place_text="" if new_case.address else new_case.place_text.strip(),
        near_metres=None if new_case.address else new_case.near_metres,
        latitude=new_case.point[0] if new_case.point else None,
        longitude=new_case.point[1] if new_case.point else None,
        person=new_case.person,
        on_behalf_of=new_case.on_behalf_of.strip(),
        department=route.department,
        owner=planned.given.user,
        external_body=route.external_body,
        why_here_fr=route.why_fr,
        why_here_en=route.why_en,
        urgent=new_case.urgent or new_case.subject.urgent or route.urgent,
        promise="" if comment else new_case.subject.target,
        due_at=planned.due_at,
        ack_due_at=planned.ack_due_at,
        next_reminder_at=planned.next_reminder_at,
        opened_at=planned.at,
        changed_at=planned.at,
    )
    set_language(case, LanguageChoice(new_case.language, new_case.english_ground))
    data = {"channel": case.channel, "subject": case.subject.slug, "nature": case.nature, "rule": route.rule_name}
    line = EntryDraft(
        Entry.Kind.THANKED if comment else Entry.Kind.OPENED,
        by=by,
        body=case.words,
        notified_via=_receipt_channel(new_case),
        data=data | ({"assigned": planned.given.why} if planned.given.why else {}),
        photos=new_case.photos,
    )
    entry = begin(case, draft_in_language(case, line), at=planned.at, recorded_at=now() if new_case.asked_at else None)
    if entry is None:
        return None
    if new_case.site_code:
        CaseSite.objects.create(case=case, site_code=new_case.site_code)
    notify_citizen(case, entry)
    return case


def _receipt_channel(new_case: NewCase) -> str:
    """The channel of the receipt; none when the reference is given by phone, on screen or on paper at once."""
    channel = notification_channel(new_case.person)
    immediate = {
        Entry.NotifiedVia.PHONE: (Channel.PHONE, Channel.COUNTER, Channel.WEB),
        Entry.NotifiedVia.POST: (Channel.COUNTER,),
    }
    return Entry.NotifiedVia.NOBODY if new_case.channel in immediate.get(Entry.NotifiedVia(channel), ()) else channel
