"""A case is born: routed, promised, written down, and its citizen told, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.cases.assigning import Assigned, assigned
from parvis.cases.bells import bells_after
from parvis.cases.destinations import Destination, route_for
from parvis.cases.details import checked
from parvis.cases.journal import Line, begin
from parvis.cases.models import Case, Entry
from parvis.cases.numbers import next_number
from parvis.cases.services.common import how_to_tell, tell
from parvis.cases.services.indexing import index
from parvis.cases.standing import due_words
from parvis.cases.tongue import Tongue, settle_tongue, told_in
from parvis.catalogue.models import Audience, Channel, Nature, Subject
from parvis.catalogue.promises import promise
from parvis.directory.actors import Actor
from parvis.directory.permissions import Action
from parvis.directory.queries import working_calendar
from parvis.files.models import Attachment
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed, type_text
from parvis.lib.ids import make_reference
from parvis.lib.rows import Compiled
from parvis.places.models import Address
from parvis.residents.models import Person

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
class Asked:
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
    bell_at: datetime | None = None


def plan(asked: Asked, *, by: Actor) -> Plan:
    """Checks what is asked, routes it and computes its promise; writes nothing. `key`, `channel` and `person` may come
    later.

    Raises Invalid (fields: words, place, on_behalf_of, and the keys of the subject's questions) and NotAllowed.
    """
    if by.user and not by.user.may(Action.OPEN_CASE):
        raise NotAllowed(_("Your role does not allow opening a request."))
    details = _checked(asked)
    moment, calendar = asked.asked_at or now(), working_calendar()
    where = asked.address or asked.near
    route = route_for(asked.subject, where, asked.words, asked.audience, asked.nature, point=asked.point)
    due, ack_due, bell = (None, None, None) if asked.nature == Nature.COMMENT else _clocks(asked.subject, moment)
    return Plan(
        at=moment,
        details=details,
        route=route,
        given=assigned(route.department, owner=route.owner, on=calendar.local(now()).date()),
        due_at=due,
        ack_due_at=ack_due,
        bell_at=bell,
    )


def _clocks(subject: Subject, moment: datetime) -> tuple[datetime, datetime, datetime | None]:
    """By when it is settled, by when someone takes charge, when a clock says something first."""
    made = promise(moment, subject.target, working_calendar())
    ack_due = promise(moment, subject.ack, working_calendar()).due_at
    return made.due_at, ack_due, bells_after(moment, moment, made.due_at, [], made.duration, ack_due)[1]


def open_case(asked: Asked, *, by: Actor, planned: Plan | None = None) -> Opened:
    """Opens a case: checks, routes, promises, journals, queues the receipt and indexes it, in one transaction.

    The same `key` twice gives the same case, `created` False. A comment is thanked, passed to whom it concerns, and
    promised nothing. Raises what `plan` raises; a caller in a transaction of its own gives what it planned before.
    """
    planned = planned or plan(asked, by=by)
    with transaction.atomic(savepoint=False):
        case = _born(asked, planned, by)
    return Opened(case, True) if case else found(_by_key(asked.key)[0])


def found(case: Case) -> Opened:
    """A case that the same submission opened before."""
    return Opened(case, False)


def _checked(asked: Asked) -> list[dict[str, str]]:
    wrong: dict[str, type_text] = {}
    words = asked.words.strip()
    if not words and asked.nature in (Nature.COMMENT, Nature.COMPLAINT):
        wrong["words"] = _("Write what the person says.")
    if len(words) > LONGEST_WORDS:
        wrong["words"] = _("This is too long: keep it under 20,000 characters.")
    if asked.nature == Nature.INFORMATION and not words:
        wrong["words"] = _("Write the question.")
    placed = asked.address or asked.point or asked.place_text.strip()
    if not placed and not asked.follows and asked.subject.place == Subject.Place.REQUIRED:
        wrong["place"] = _("Say where: an address, an intersection, or a landmark.")
    details: list[dict[str, str]] = []
    try:
        questions = list(asked.subject.questions.all()) if asked.nature != Nature.COMMENT and not asked.follows else []
        details = checked(questions, asked.details or {})
    except Invalid as refused:
        wrong |= refused.fields
    if wrong:
        raise Invalid(_("Something is missing before this request can be opened."), wrong)
    return details


def _born(asked: Asked, planned: Plan, by: Actor) -> Case | None:
    route, comment = planned.route, asked.nature == Nature.COMMENT
    year = working_calendar().local(planned.at).year
    case = Case(
        reference=asked.reference or make_reference(year, next_number(year)),
        key=asked.key,
        subject=asked.subject,
        nature=asked.nature,
        audience=asked.audience,
        channel=asked.channel,
        title=asked.title.strip(),
        words=asked.words.strip(),
        details=planned.details,
        address=asked.address,
        place_text="" if asked.address else asked.place_text.strip(),
        near_metres=None if asked.address else asked.near_metres,
        latitude=asked.point[0] if asked.point else None,
        longitude=asked.point[1] if asked.point else None,
        person=asked.person,
        on_behalf_of=asked.on_behalf_of.strip(),
        department=route.department,
        owner=planned.given.user,
        door=route.door,
        why_here_fr=route.why_fr,
        why_here_en=route.why_en,
        urgent=asked.urgent or asked.subject.urgent or route.urgent,
        promise="" if comment else asked.subject.target,
        due_at=planned.due_at,
        ack_due_at=planned.ack_due_at,
        bell_at=planned.bell_at,
        opened_at=planned.at,
        changed_at=planned.at,
    )
    settle_tongue(case, Tongue(asked.language, asked.english_ground))
    line = Line(
        Entry.Kind.THANKED if comment else Entry.Kind.OPENED,
        by=by,
        body=case.words,
        told=_how_to_receive(asked),
        data={"channel": asked.channel, "subject": asked.subject.slug, "nature": asked.nature, "rule": route.rule_name}
        | ({"assigned": planned.given.why} if planned.given.why else {}),
        photos=asked.photos,
    )
    entry = begin(case, told_in(case, line), at=planned.at, recorded_at=now() if asked.asked_at else None)
    if entry is None:
        return None
    tell(case, entry)
    index(case, asked.person)
    return case


def _how_to_receive(asked: Asked) -> str:
    """How the receipt goes: not at all when the reference is read aloud, stands on the screen, or is handed printed."""
    told = how_to_tell(asked.person)
    at_once = {
        Entry.Told.PHONE: (Channel.PHONE, Channel.COUNTER, Channel.WEB),
        Entry.Told.POST: (Channel.COUNTER,),
    }
    return Entry.Told.NOBODY if asked.channel in at_once.get(Entry.Told(told), ()) else told
