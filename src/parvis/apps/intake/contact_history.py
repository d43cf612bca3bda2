"""What was said between the town and someone: every contact, every answer as it was given, the promises and what
became of them, and which fact has changed since. One reading for the citizen and for the agent.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from parvis.apps.cases.kinds import ADDED
from parvis.apps.cases.language_choice import languages_of
from parvis.apps.cases.merged_cases import names_hidden
from parvis.apps.cases.models import Case, ClosingReason, Entry, Opinion
from parvis.apps.cases.queries import shown_kinds, spoken
from parvis.apps.cases.replies import entry_name, unasked
from parvis.apps.cases.reversals import not_reversed, reversed_propagations
from parvis.apps.catalogue.models import Channel
from parvis.apps.catalogue.promises import days_late
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.models import Contact, Given, Matter
from parvis.apps.knowledge.queries import show_facts
from parvis.apps.knowledge.rendering import TO_CHECK, ShownFact
from parvis.apps.residents.models import Person
from parvis.lib.clock import now
from parvis.lib.languages import clean

MOST = 50
_K = Entry.Kind
BROUGHT = Q(kind=_K.NOTED, data__has_key="imported")  # an internal note, but it is what promises a date
ABOVE = "merged_into__merged_into"  # as deep as merging goes but for a few, each read alone


@dataclass(frozen=True)
class FactThen:
    """A fact as it was told, and as it is today. `then` and `today` are empty when the value could not be told."""

    label: str
    then: str
    today: str

    @property
    def changed(self) -> bool:
        return self.then != self.today


@dataclass(frozen=True)
class AnswerThen:
    """An answer in its very words, in `lang`; `rewritten` says that the standard answer has other words today.

    Of one that was worked out, `asked` and `rows` are what was asked and the result, as (label, value).
    """

    words: str
    lang: str
    at: datetime
    rewritten: bool
    facts: list[FactThen]
    asked: list[tuple[str, str]] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)

    @property
    def changed(self) -> list[FactThen]:
        return [fact for fact in self.facts if fact.changed]

    @property
    def unchanged(self) -> list[FactThen]:
        return [fact for fact in self.facts if not fact.changed]


@dataclass(frozen=True)
class MatterThen:
    """One question of a contact: its subject, the words that were noted, in `lang`, what became of it."""

    subject: str
    words: str
    outcome: str
    reference: str
    answers: list[AnswerThen]
    lang: str = "fr"


@dataclass(frozen=True)
class ContactThen:
    """One moment on one channel; `by` is who answered."""

    at: datetime
    channel: str
    by: str
    matters: list[MatterThen]


@dataclass(frozen=True)
class Step:
    """One entry of a case: the words said, when they were meant for the citizen or are theirs, the date promised then,
    and at its end whether the promise was kept.

    `late_days` counts whole working days; 0 with `kept` False is late by less than one. `withdrawn`: its own citizen
    ended it, which `title` tells to somebody else. `lang` is the language of the words.
    """

    at: datetime
    title: str
    by: str
    words: str
    due: datetime | None = None
    visit: date | None = None
    photos: int = 0
    paused: bool = False
    kept: bool | None = None
    late_days: int = 0
    told: str = ""
    withdrawn: bool = False
    lang: str = "fr"
    opinion: Opinion | None = None


@dataclass(frozen=True)
class CaseThen:
    """One case and its steps, the oldest first; `late_since`: the date promised, when it is past and all is not ended.

    One that is handled with another runs late as that one does.

    `url` is where the reader sees the case, when it is not the page they come from.
    """

    case: Case
    steps: list[Step]
    late_since: datetime | None
    url: str


@dataclass(frozen=True)
class ContactHistory:
    """The whole reading, the newest contact and case first; `more` says that older ones were left out."""

    contacts: list[ContactThen] = field(default_factory=list)
    cases: list[CaseThen] = field(default_factory=list)
    more: bool = False

    @property
    def changed(self) -> int:
        """How many facts told have changed since, over all."""
        answers = [answer for contact in self.contacts for matter in contact.matters for answer in matter.answers]
        return sum(len(answer.changed) for answer in answers)


def history_of_case(case: Case) -> ContactHistory:
    """What was said about one case: its contacts, of which only what concerns it, and the case itself."""
    matters = Matter.objects.filter(case=case)
    contacts = Contact.objects.filter(pk__in=matters.values("contact"))
    return _history(contacts, matters, Case.objects.filter(pk=case.pk))


def history_of_people(
    people: Iterable[Person], *, url_of: Callable[[Case], str], reads: Callable[[Case], bool] = lambda _case: True
) -> ContactHistory:
    """What was said with these people; `reads` says which of their cases the reader may see, `url_of` where.

    Of a contact, what opened a case that the reader may not see is left out too.

    Nine queries at most, whatever the number of contacts and cases, and a few for what is handled with other requests;
    the latest MOST of each.
    """
    ids = [person.pk for person in people]
    mine = Contact.objects.filter(person__in=ids)
    return _history(mine, Matter.objects.all(), Case.objects.filter(person__in=ids), url_of, reads)


def _history(
    contacts: QuerySet[Contact],
    matters: QuerySet[Matter],
    cases: QuerySet[Case],
    url_of: Callable[[Case], str] = lambda _case: "",
    reads: Callable[[Case], bool] = lambda _case: True,
) -> ContactHistory:
    given = Given.objects.select_related("answer").order_by("pk")
    shown = (
        matters.select_related("subject", f"case__{ABOVE}").prefetch_related(Prefetch("given", given)).order_by("pk")
    )
    result = list(
        contacts.filter(state=Contact.State.DONE)
        .select_related("agent")
        .prefetch_related(Prefetch("matters", shown.order_by("pk"), to_attr="shown_matters"))
        .order_by("-started_at", "-pk")[: MOST + 1]
    )
    held = Entry.objects.filter(not_reversed()).filter(Q(kind__in=shown_kinds()) | BROUGHT)
    entries = held.select_related("actor", "opinion").order_by("seq")
    rows = cases.select_related("subject", "department", "address__street", ABOVE).order_by("-opened_at", "-pk")
    kept = list(rows.prefetch_related(Prefetch("entries", entries, to_attr="told_entries"))[: MOST + 1])
    vain = reversed_propagations([entry for case in kept for entry in case.told_entries])
    for contact in result:
        all_matters = contact.shown_matters
        contact.shown_matters = [
            all_matter for all_matter in all_matters if all_matter.case is None or reads(all_matter.case)
        ]
    facts = _facts_today(result)
    return ContactHistory(
        contacts=[_contact(item, facts) for item in result[:MOST] if item.shown_matters],
        cases=[_case(item, url_of(item), vain) for item in kept[:MOST] if reads(item)],
        more=len(result) > MOST or len(kept) > MOST,
    )


def _facts_today(contacts: Sequence[Contact]) -> dict[tuple[str, str], ShownFact]:
    """The facts that these answers rested on, as they are today, by key and language; one query a language."""
    wanted: dict[str, set[str]] = {}
    for contact in contacts:
        for matter in contact.shown_matters:  # type: ignore[attr-defined]
            for given in matter.given.all():
                wanted.setdefault(clean(given.language), set()).update(str(fact["key"]) for fact in given.facts)
    result = {lang: show_facts(sorted(keys), lang) for lang, keys in wanted.items() if keys}
    return {(key, lang): fact for lang, facts in result.items() for key, fact in facts.items()}


def _contact(contact: Contact, facts: dict[tuple[str, str], ShownFact]) -> ContactThen:
    matters: Sequence[Matter] = contact.shown_matters  # type: ignore[attr-defined]
    hidden = contact.threat_at or any(matter.case and names_hidden(matter.case) for matter in matters)
    return ContactThen(
        at=contact.started_at,
        channel=str(contact.get_channel_display()),
        by=contact.agent.display_name if contact.agent and not hidden else "",
        matters=[_matter(matter, clean(contact.language), facts) for matter in matters],
    )


def _matter(matter: Matter, lang: str, facts: dict[tuple[str, str], ShownFact]) -> MatterThen:
    return MatterThen(
        subject=matter.subject.title if matter.subject else "",
        words=matter.words,
        outcome=str(matter.get_outcome_display()),
        reference=matter.case.reference if matter.case else "",
        answers=[_answer(given, facts) for given in matter.given.all()],
        lang=lang,
    )


def _answer(given: Given, facts: dict[tuple[str, str], ShownFact]) -> AnswerThen:
    lang = clean(given.language)
    return AnswerThen(
        words=given.words,
        lang=lang,
        at=given.at,
        rewritten=bool(given.answer and given.revision_id and given.revision_id != given.answer.live_revision_id),
        facts=[_fact(str(fact["key"]), str(fact["shown"]), lang, facts) for fact in given.facts],
        asked=_pairs(given.inputs.get("asked")),
        rows=_pairs(given.inputs.get("rows")),
    )


def _pairs(kept: object) -> list[tuple[str, str]]:
    return [(str(label), str(value)) for label, value in kept] if isinstance(kept, list) else []


def _fact(key: str, shown: str, lang: str, facts: dict[tuple[str, str], ShownFact]) -> FactThen:
    today = facts.get((key, lang))
    then = "" if shown == TO_CHECK[clean(lang)] else shown
    return FactThen(today.label if today else key, then, today.shown if today and today.told else "")


def _case(case: Case, url: str, vain: set[int]) -> CaseThen:
    due: datetime | None = None
    steps = []
    entries: Sequence[Entry] = case.told_entries  # type: ignore[attr-defined]
    added, spoken = unasked(entries), languages_of(entries)
    for entry in (item for item in entries if item.pk not in vain):
        given = parse_datetime(str(entry.gives("due_at") or ""))
        again = entry.kind == _K.REOPENED  # the date is promised anew, even when it is the same
        promised = given if given != due or again else None
        steps.append(_step(entry, promised, given or due, added, spoken[entry.seq]))
        due = given or due
    return CaseThen(case, steps, _late_since(case), url)


def _late_since(case: Case) -> datetime | None:
    head = case
    while head.merged_into is not None:
        head = head.merged_into
    late = head.is_open and not head.is_paused and head.due_at is not None and head.due_at < now()
    return head.due_at if late else None


def _step(entry: Entry, given: datetime | None, due: datetime | None, added: Collection[int], lang: str) -> Step:
    closed = entry.kind == _K.CLOSED
    withdrawn = closed and entry.data.get("reason") == ClosingReason.WITHDRAWN
    ended = closed and not withdrawn
    kept = entry.at <= due if ended and due else None
    late = 0
    if kept is False and due:
        late = days_late(due, entry.at, working_calendar())
    return Step(
        at=entry.at,
        title=_title(entry, added),
        by=entry.actor.display_name if entry.actor and not (entry.by_citizen or names_hidden(entry.case)) else "",
        words=entry.body if spoken(entry) else "",
        due=given,
        visit=parse_date(str(entry.gives("visit_on") or "")),
        photos=len(entry.data.get("photos", ())),
        paused=entry.kind in (_K.ASKED, _K.WAITING),
        kept=kept,
        late_days=late,
        opinion=getattr(entry, "opinion", None),
        told=str(Entry.NotifiedVia(entry.notified_via).label) if entry.notified_via else "",
        withdrawn=withdrawn,
        lang=lang,
    )


def _title(entry: Entry, added: Collection[int]) -> str:
    if entry.kind in (_K.OPENED, _K.THANKED):
        channel = str(entry.data.get("channel", ""))
        label = str(Channel(channel).label).lower() if channel in Channel.values else ""
        return _("Received, %(channel)s") % {"channel": label} if label else _("Received")
    if entry.kind == _K.CLOSED:
        reason = str(entry.data.get("reason", ""))
        ended = reason in ClosingReason.values
        return _("Closed: %(reason)s") % {"reason": ClosingReason(reason).in_sentence} if ended else _("Closed")
    if entry.kind == _K.NOTED:
        return _("Brought from the earlier system")
    if entry.kind == _K.REOPENED:
        return _("Closed by mistake: open again") if entry.data.get("undo") else _("Reopened, one level up")
    return str(ADDED[entry.kind].told_as) if entry.kind in ADDED else entry_name(entry, added)
