"""A case is born: routed, promised, written down, and its citizen told, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.assigning import Assigned, assigned
from parvis.apps.cases.destinations import Destination, route_for
from parvis.apps.cases.details import checked
from parvis.apps.cases.due_status import due_words
from parvis.apps.cases.journal import EntryDraft, begin
from parvis.apps.cases.language_choice import LanguageChoice, draft_in_language, set_language
from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.numbers import next_number
from parvis.apps.cases.services.indexing import index
from parvis.apps.cases.services.moves import notification_channel, notify_citizen
from parvis.apps.cases.sla_reminders import reminders_after
from parvis.apps.catalogue.models import Audience, Channel, Nature, Subject
from parvis.apps.catalogue.promises import promise
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import working_calendar
from parvis.apps.files.models import Attachment
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Person
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed, type_text
from parvis.lib.ids import make_reference
from parvis.lib.rows import Compiled

LONGEST_WORDS = 20_000

_by_key = Compiled(lambda key: Case.objects.select_related("subject", "department").filter(key=key))


@dataclass(frozen=True)
class Opened:
    """A case as it was opened, or found again when the same submission came twice."""

    case: Case
    created: bool

    @property
    def due_words(self) -> str:
        """Its promise in words, in the active language; empty for a comment."""
        return due_words(self.case)


@dataclass(frozen=True)
class NewCase:
    """What someone asks of the town; `key` names the submission, so that twice the same makes one case."""

    key: str
    subject: Subject
    nature: str
    channel: str
    language: str = "fr"
    english_ground: str = ""  # on which English is asked; French is used when the town's rule says so
    audience: str = Audience.RESIDENT
    words: str = ""
    title: str = ""
    details: Mapping[str, str] | None = None
    address: Address | None = None
    place_text: str = ""
    near_metres: int | None = None  # how far the point is from the address that `place_text` names, when it does
    point: tuple[float, float] | None = None  # latitude, longitude
    near: Address | None = None  # whose street and side of it route the request, when its place is a point or words
    person: Person | None = None
    on_behalf_of: str = ""
    urgent: bool = False
    photos: Sequence[Attachment] = ()
    follows: bool = False  # somebody told it already: its place and its questions are not asked again
    anonymous: bool = False  # the person said so: whoever is known to be on the line is left out
    reference: str = ""  # put aside before, and told to the person already
    asked_at: datetime | None = None  # when it was asked, for what is written down later: the service was down


@dataclass(frozen=True)
class Plan:
    """What opening a case decides before anything is locked: the answers checked, where it goes, until when."""

    at: datetime
    details: list[dict[str, str]]
    route: Destination
    given: Assigned
    due_at: datetime | None
    ack_due_at: datetime | None = None
    next_reminder_at: datetime | None = None


def plan(new_case: NewCase, *, by: Actor) -> Plan:
    """Checks what is asked, routes it and computes its promise; writes nothing. `key`, `channel` and `person` may come
    later.

    Raises Invalid (fields: words, place, on_behalf_of, and the keys of the subject's questions) and NotAllowed.
    """
    if by.user and not by.user.may(Action.OPEN_CASE):
        raise NotAllowed(_("Your role does not allow opening a request."))
    details = _checked(new_case)
    moment, calendar = new_case.asked_at or now(), working_calendar()
    where = new_case.address or new_case.near
    route = route_for(new_case.subject, where, new_case.words, new_case.audience, new_case.nature, point=new_case.point)
    due, ack_due, reminder = (
        (None, None, None) if new_case.nature == Nature.COMMENT else _clocks(new_case.subject, moment)
    )
    return Plan(
        at=moment,
        details=details,
        route=route,
        given=assigned(route.department, owner=route.owner, on=calendar.local(now()).date()),
        due_at=due,
        ack_due_at=ack_due,
        next_reminder_at=reminder,
    )


def _clocks(subject: Subject, moment: datetime) -> tuple[datetime, datetime, datetime | None]:
    """By when it is settled, by when someone takes charge, when a clock says something first."""
    made = promise(moment, subject.target, working_calendar())
    ack_due = promise(moment, subject.ack, working_calendar()).due_at
    return made.due_at, ack_due, reminders_after(moment, moment, made.due_at, [], made.duration, ack_due)[1]


def open_case(new_case: NewCase, *, by: Actor, planned: Plan | None = None) -> Opened:
    """Opens a case: checks, routes, promises, journals, queues the receipt and indexes it, in one transaction.

    The same `key` twice gives the same case, `created` False. A comment is thanked, passed to whom it concerns, and
    promised nothing. Raises what `plan` raises; a caller in a transaction of its own gives what it planned before.
    """
    planned = planned or plan(new_case, by=by)
    with transaction.atomic(savepoint=False):
        case = _born(new_case, planned, by)
    return Opened(case, True) if case else found(_by_key(new_case.key)[0])


def found(case: Case) -> Opened:
    """A case that the same submission opened before."""
    return Opened(case, False)


def _checked(new_case: NewCase) -> list[dict[str, str]]:
    wrong: dict[str, type_text] = {}
    words = new_case.words.strip()
    if not words and new_case.nature in (Nature.COMMENT, Nature.COMPLAINT):
        wrong["words"] = _("Write what the person says.")
    if len(words) > LONGEST_WORDS:
        wrong["words"] = _("This is too long: keep it under 20,000 characters.")
    if new_case.nature == Nature.INFORMATION and not words:
        wrong["words"] = _("Write the question.")
    placed = new_case.address or new_case.point or new_case.place_text.strip()
    if not placed and not new_case.follows and new_case.subject.place == Subject.Place.REQUIRED:
        wrong["place"] = _("Say where: an address, an intersection, or a landmark.")
    details: list[dict[str, str]] = []
    try:
        questions = (
            list(new_case.subject.questions.all()) if new_case.nature != Nature.COMMENT and not new_case.follows else []
        )
        details = checked(questions, new_case.details or {})
    except Invalid as refused:
        wrong |= refused.fields
    if wrong:
        raise Invalid(_("Something is missing before this request can be opened."), wrong)
    return details


def _born(new_case: NewCase, planned: Plan, by: Actor) -> Case | None:
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
    line = EntryDraft(
        Entry.Kind.THANKED if comment else Entry.Kind.OPENED,
        by=by,
        body=case.words,
        notified_via=_how_to_receive(new_case),
        data={
            "channel": new_case.channel,
            "subject": new_case.subject.slug,
            "nature": new_case.nature,
            "rule": route.rule_name,
        }
        | ({"assigned": planned.given.why} if planned.given.why else {}),
        photos=new_case.photos,
    )
    entry = begin(case, draft_in_language(case, line), at=planned.at, recorded_at=now() if new_case.asked_at else None)
    if entry is None:
        return None
    notify_citizen(case, entry)
    index(case, new_case.person)
    return case


def _how_to_receive(new_case: NewCase) -> str:
    """How the receipt goes: not at all when the reference is read aloud, stands on the screen, or is handed printed."""
    told = notification_channel(new_case.person)
    at_once = {
        Entry.NotifiedVia.PHONE: (Channel.PHONE, Channel.COUNTER, Channel.WEB),
        Entry.NotifiedVia.POST: (Channel.COUNTER,),
    }
    return Entry.NotifiedVia.NOBODY if new_case.channel in at_once.get(Entry.NotifiedVia(told), ()) else told
