"""What is sent to the API, and what it answers. Descriptions are translated on the page for people."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from parvis.lib.errors import Invalid

LARGEST_ID = 2**63 - 1
Text = Annotated[str, Field(max_length=4_000)]
Line = Annotated[str, Field(max_length=200)]
Identifier = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Day = date
Values = dict[str, Any]


class In(Schema):
    """What is sent: no field that is not known."""

    model_config = ConfigDict(extra="forbid")


class FieldProblem(Schema):
    field: str
    message: str


class ProblemOut(Schema):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description=gettext_noop("The reason, for programs."))
    errors: list[FieldProblem] = []
    opens_at: datetime | None = Field(None, description=gettext_noop("Of not-open: when it opens for them."))
    suggestion: str | None = Field(None, description=gettext_noop("Of full: the nearest group with places."))


class AskIn(In):
    text: str = Field(min_length=1, max_length=4_000, description=gettext_noop("The question, in ordinary words."))
    lang: Literal["fr", "en"] | None = Field(None, description=gettext_noop("Its language, when it is known."))
    address: Line | None = Field(None, description=gettext_noop("A civic address, for what depends on it."))
    date: Day | None = Field(None, description=gettext_noop("The day it is about; today by default."))
    id: Line | int | None = Field(None, description=gettext_noop("Comes back unchanged."))


class NoticeOut(Schema):
    """Something in force: said before anything else. `until`: null when its end is not known."""

    key: str
    level: str
    title: str
    words: str
    place: str
    since: datetime
    until: datetime | None
    example: bool


class AskOut(Schema):
    """What `parvis ask --json` writes."""

    id: str | int | None
    kind: str
    topics: list[Values]
    lang: str
    confidence: float
    answer: Values | None
    route: Values | None
    clarify: Values | None
    danger: bool
    caution: bool
    door: Values | None
    notices: list[NoticeOut] = []
    parts: list[Values]


class AnswerLine(Schema):
    slug: str
    title: str
    summary: str
    kind: str
    family: str
    department: str
    url: str


class AnswersOut(Schema):
    items: list[AnswerLine]
    next: str | None


class FactOut(Schema):
    key: str
    label: str
    value: str | None = Field(description=gettext_noop("null when nobody verified it, or it lapsed."))
    status: str
    example: bool
    source: str
    source_url: str
    verified_on: date | None
    valid_to: date | None


class AnswerOut(AnswerLine):
    lang: str
    short: str
    html: str
    steps: list[Values]
    documents: list[str]
    fees: list[str]
    links: list[Values]
    facts: list[FactOut]
    review_on: date | None
    notices: list[NoticeOut]
    may_request: bool


class AddressOut(Schema):
    id: int
    label: str
    street: str
    latitude: float | None
    longitude: float | None


class AddressesOut(Schema):
    items: list[AddressOut]


class DayOut(Schema):
    """What is computed for an address. `state` is "unknown" where the town has no data."""

    address: AddressOut
    day: date
    collections: list[Values]
    collections_words: str
    notices: list[NoticeOut]
    parking: Values
    works: list[Values]
    works_words: str


class Point(In):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class PersonIn(In):
    name: Annotated[str, Field(min_length=1, max_length=160)]
    email: Annotated[str, Field(max_length=254)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""


class CaseIn(In):
    subject: Line = Field(description=gettext_noop("The slug of a subject that takes requests."))
    words: Text = Field("", description=gettext_noop("What the person says."))
    answers: dict[str, Text] = Field({}, description=gettext_noop("The answers to the questions of the subject."))
    address_id: Identifier | None = Field(None, description=gettext_noop("An address, as the list of addresses gives."))
    place: Line = Field("", description=gettext_noop("The place in words: an address, a corner, a landmark."))
    point: Point | None = Field(None, description=gettext_noop("The very point, WGS 84."))
    person: PersonIn | None = Field(None, description=gettext_noop("Who asks; nobody, and no letter, without it."))
    language: Literal["fr", "en"] = "fr"
    channel: Literal["web", "mobile"] = "web"
    photos: list[Annotated[str, Field(max_length=200)]] = Field(
        [], max_length=10, description=gettext_noop("What the sending of files returned.")
    )


class OpenedOut(Schema):
    reference: str
    url: str
    due_at: datetime | None
    promise: str
    department: str


class Named(Schema):
    slug: str
    name: str


class SubjectOut(Schema):
    slug: str
    title: str


class PointOut(Schema):
    latitude: float
    longitude: float


class CaseOut(Schema):
    reference: str
    subject: SubjectOut
    nature: str
    state: str
    closing_reason: str | None
    department: Named
    channel: str
    urgent: bool
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    promise: str
    visit_on: date | None
    place: str = Field(description=gettext_noop("The street or a landmark, never the house."))
    point: PointOut | None = Field(description=gettext_noop("Rounded to some fifty metres."))
    public_words: str
    merged_into: str | None


class EntryOut(Schema):
    seq: int
    kind: str
    label: str
    at: datetime
    by: str
    words: str | None = Field(description=gettext_noop("null without persons:read."))


class CaseWholeOut(CaseOut):
    entries: list[EntryOut]
    personal: Values | None = Field(description=gettext_noop("null without persons:read, or for a protected person."))


class CasesOut(Schema):
    items: list[CaseOut]
    next: str | None


class MessageIn(In):
    words: Text = ""
    photos: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=10)


class WithdrawIn(In):
    words: Text = ""


class StateOut(Schema):
    reference: str
    state: str


class FileOut(Schema):
    id: str
    name: str
    size: int


class ContactIn(In):
    channel: Literal["social", "mobile", "web", "letter"]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    title: Annotated[str, Field(max_length=300)] = ""
    language: Literal["fr", "en"] = "fr"
    person: PersonIn | None = None
    cases: list[Line] = Field([], max_length=20, description=gettext_noop("The numbers of requests it speaks of."))


class ContactOut(Schema):
    id: int
    channel: str
    state: str
    language: str
    started_at: datetime
    ended_at: datetime | None
    cases: list[str]


class ContactsOut(Schema):
    items: list[ContactOut]
    next: str | None


class IncidentOut(Schema):
    id: int
    title: str
    place: str
    words: str
    news: str
    news_at: datetime | None
    until: str
    opened_at: datetime


class IncidentsOut(Schema):
    items: list[IncidentOut]


class OpensOut(Schema):
    resident: datetime
    everyone: datetime


class AgesOut(Schema):
    """Whole years on the rule date of the season, both included; null: no bound."""

    min: int | None
    max: int | None


class GroupOut(Schema):
    slug: str
    name: str
    capacity: int
    left: int
    opens: OpensOut
    price_cents: int
    ages: AgesOut
    waiting: int


class GroupsOut(Schema):
    at: datetime
    results: list[GroupOut]


class ParticipantIn(In):
    name: str = Field(min_length=1, max_length=160)
    born: date


class HouseholdIn(In):
    people: list[ParticipantIn] = Field(min_length=1, max_length=20)
    resident: bool = Field(False, description=gettext_noop("Whether they say that they live in the town."))


class HouseholdOut(Schema):
    id: str
    people: list[str]


class RegistrationIn(In):
    group: Line
    participants: list[Line] = Field(min_length=1, max_length=20)
    together: bool = Field(False, description=gettext_noop("All of them, or none."))
    wait: bool = Field(False, description=gettext_noop("Join the waiting list when there is no place."))


class RegistrationOut(Schema):
    id: str
    state: str
    expires_at: datetime | None
    rank: int | None


class RegistrationStepOut(Schema):
    at: datetime
    what: str
    channel: str = Field(description=gettext_noop("Empty: the town itself."))
    participant: str


class RegistrationWholeOut(RegistrationOut):
    events: list[RegistrationStepOut]


class WebhookIn(In):
    url: Annotated[str, Field(min_length=1, max_length=500)]
    events: Annotated[list[Line], Field(min_length=1, max_length=20)]


class WebhookChange(In):
    url: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    events: Annotated[list[Line], Field(min_length=1, max_length=20)] | None = None
    active: bool | None = None


class WebhookOut(Schema):
    id: str
    url: str
    events: list[str]
    active: bool
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None


class WebhookMade(WebhookOut):
    secret: str = Field(description=gettext_noop("Signs the deliveries. Shown once."))


class WebhooksOut(Schema):
    items: list[WebhookOut]


class DeliveryOut(Schema):
    id: str
    event: str
    state: str
    attempts: list[Values]
    created_at: datetime
    next_at: datetime | None
    delivered_at: datetime | None


class DeliveriesOut(Schema):
    items: list[DeliveryOut]
    next: str | None


class ReplayIn(In):
    since: AwareDatetime


class ReplayedOut(Schema):
    count: int


def errors(*statuses: int) -> Values:
    """The problems that an operation may answer, for its `response`."""
    return {frozenset(statuses): ProblemOut}  # type: ignore[dict-item]


def possible(moment: datetime) -> datetime:
    """The moment in UTC. Raises Invalid for one at the very ends of the calendar, which has none."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Invalid(_("This moment is too far.")) from None
