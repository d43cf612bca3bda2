"""A case is born: routed, promised, written down, and its citizen told, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.cases.details import checked
from parvis.cases.journal import Line, write
from parvis.cases.models import Case, Entry
from parvis.cases.numbers import next_number
from parvis.cases.queries import due_words, route_for
from parvis.cases.services.common import how_to_tell, index, tell
from parvis.catalogue.models import Audience, Channel, Nature, Subject
from parvis.catalogue.promises import promise
from parvis.directory.models import User
from parvis.directory.permissions import Action
from parvis.directory.queries import assignee_for, working_calendar
from parvis.files.models import Attachment
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed, type_text
from parvis.lib.ids import make_reference
from parvis.places.models import Address
from parvis.residents.models import Person

LONGEST_WORDS = 20_000


@dataclass(frozen=True)
class Opened:
    """A case as it was opened, or found again when the same submission came twice."""

    case: Case
    created: bool
    due_words: str


@dataclass(frozen=True)
class Asked:
    """What someone asks of the town; `key` names the submission, so that twice the same makes one case."""

    key: str
    subject: Subject
    nature: str
    channel: str
    language: str = "fr"
    audience: str = Audience.RESIDENT
    words: str = ""
    title: str = ""
    details: Mapping[str, str] | None = None
    address: Address | None = None
    place_text: str = ""
    point: tuple[float, float] | None = None  # latitude, longitude
    near: Address | None = None  # whose street and sector route the request, when its place is a point or words
    person: Person | None = None
    on_behalf_of: str = ""
    urgent: bool = False
    photos: Sequence[Attachment] = ()
    anonymous: bool = False  # the person said so: whoever is known to be on the line is left out


def open_case(asked: Asked, *, by: User | None) -> Opened:
    """Opens a case: checks, routes, promises, journals, queues the receipt and indexes it, in one transaction.

    The same `key` twice gives the same case, `created` False. A comment is thanked, passed to whom it concerns, and
    promised nothing. Raises Invalid (fields: words, place, on_behalf_of, and the keys of the subject's questions) and
    NotAllowed.
    """
    if by is not None and not by.may(Action.OPEN_CASE):
        raise NotAllowed(_("Your role does not allow opening a request."))
    details = _checked(asked)
    try:
        with transaction.atomic():
            case = _born(asked, details, by)
    except IntegrityError:
        before = _by_key(asked.key)
        if before is None:
            raise
        return found(before)
    return Opened(case, True, due_words(case))


def found(case: Case) -> Opened:
    """A case that the same submission opened before."""
    return Opened(case, False, due_words(case))


def _by_key(key: str) -> Case | None:
    return Case.objects.select_related("subject", "department").filter(key=key).first()


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
    if not placed and asked.subject.place == Subject.Place.REQUIRED:
        wrong["place"] = _("Say where: an address, an intersection, or a landmark.")
    details: list[dict[str, str]] = []
    try:
        questions = list(asked.subject.questions.all()) if asked.nature != Nature.COMMENT else []
        details = checked(questions, asked.details or {})
    except Invalid as refused:
        wrong |= refused.fields
    if wrong:
        raise Invalid(_("Something is missing before this request can be opened."), wrong)
    return details


def _born(asked: Asked, details: list[dict[str, str]], by: User | None) -> Case:
    moment = now()
    calendar = working_calendar()
    route = route_for(asked.subject, asked.address or asked.near, asked.words, asked.audience, asked.nature)
    urgent = asked.urgent or asked.subject.urgent or route.urgent
    comment = asked.nature == Nature.COMMENT
    owner = assignee_for(route.department, owner=route.owner, on=calendar.local(moment).date())
    case = Case(
        key=asked.key,
        subject=asked.subject,
        nature=asked.nature,
        audience=asked.audience,
        channel=asked.channel,
        language=asked.language,
        title=asked.title.strip(),
        words=asked.words.strip(),
        details=details,
        address=asked.address,
        place_text="" if asked.address else asked.place_text.strip(),
        latitude=asked.point[0] if asked.point else None,
        longitude=asked.point[1] if asked.point else None,
        person=asked.person,
        on_behalf_of=asked.on_behalf_of.strip(),
        department=route.department,
        owner=owner,
        door=route.door,
        why_here_fr=route.why_fr,
        why_here_en=route.why_en,
        urgent=urgent,
        promise="" if comment else asked.subject.target,
        due_at=None if comment else _due(moment, asked.subject.target),
        opened_at=moment,
        changed_at=moment,
    )
    case.reference = make_reference(calendar.local(moment).year, next_number(calendar.local(moment).year))
    told = how_to_tell(asked.person)
    if told == Entry.Told.PHONE and asked.channel in (Channel.PHONE, Channel.COUNTER, Channel.WEB):
        told = Entry.Told.NOBODY  # the reference is read aloud, or stands on the screen: no call is owed for it
    if told == Entry.Told.POST and asked.channel == Channel.COUNTER:
        told = Entry.Told.NOBODY  # the receipt is handed over, printed
    line = Line(
        Entry.Kind.THANKED if comment else Entry.Kind.OPENED,
        by=by,
        by_citizen=by is None,
        body=case.words,
        told=told,
        data={"channel": asked.channel, "subject": asked.subject.slug, "nature": asked.nature, "rule": route.rule_name},
        photos=asked.photos,
    )
    entry = write(case, line)
    tell(case, entry)
    index(case, asked.person, case.place)
    return case


def _due(moment: datetime, target: str) -> datetime:
    return promise(moment, target, working_calendar()).due_at
