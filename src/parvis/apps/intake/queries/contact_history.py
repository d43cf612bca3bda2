"""A person's history with the town: contacts, answers as given, promises and their outcome, facts changed since.

Shared by the citizen's page and the agent's.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason, Entry, Opinion
from parvis.apps.cases.queries.cases import shown_kinds, spoken
from parvis.apps.cases.queries.citizens.means import via_of
from parvis.apps.cases.queries.language_choice import languages_of
from parvis.apps.cases.queries.merged_cases import names_hidden
from parvis.apps.cases.queries.replies import entry_name, unasked
from parvis.apps.cases.queries.reversals import not_reversed, reversed_propagations
from parvis.apps.cases.rules.kinds import ADDED
from parvis.apps.catalogue.models import Channel
from parvis.apps.catalogue.rules.promises import days_late
from parvis.apps.content.queries.answers import show_facts
from parvis.apps.content.queries.rendering import TO_CHECK, ShownFact
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.models import Contact, Given, Matter
from parvis.apps.residents.models import Person
from parvis.lib.clock import now
from parvis.lib.i18n.languages import clean

MOST = 50
_K = Entry.Kind
IMPORTED = Q(kind=_K.NOTED, data__has_key="imported")  # internal notes, but they carry a promised date
MERGED_INTO = "merged_into__merged_into"  # deeper merges are rare, and each costs a query


@dataclass(frozen=True)
class FactThen:
    """A fact as given, and as it is today. `then` and `today` are empty when the value could not be disclosed."""

    label: str
    then: str
    today: str

    @property
    def changed(self) -> bool:
        return self.then != self.today


@dataclass(frozen=True)
class AnswerThen:
    """An answer word for word, in `lang`; `rewritten` when the standard answer has changed since.

    For a calculated answer, `asked` and `rows` are the inputs and the result, as (label, value).
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
    """One question of a contact: its subject, the words noted (in `lang`), its outcome."""

    subject: str
    words: str
    outcome: str
    reference: str
    answers: list[AnswerThen]
    lang: str = "fr"


@dataclass(frozen=True)
class ContactThen:
    """One contact; `by` is who answered."""

    at: datetime
    channel: str
    by: str
    matters: list[MatterThen]


@dataclass(frozen=True)
class Step:
    """One journal entry: its words if by or for the citizen, the date promised, and at closing whether it was `kept`.

    `late_days` counts whole working days; 0 with `kept` False is late by less than one. `withdrawn`: the citizen closed
    it themselves (`title` is worded for other readers). `lang` is the language of the words.
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
    """One case and its steps, oldest first. `late_since` is the promised date once overdue, for a merged case that of
    the case it is merged into. `url` is where the reader sees the case, "" for the page they come from.
    """

    case: Case
    steps: list[Step]
    late_since: datetime | None
    url: str


@dataclass(frozen=True)
class ContactHistory:
    """Contacts and cases, newest first; `more` when older ones were left out."""

    contacts: list[ContactThen] = field(default_factory=list)
    cases: list[CaseThen] = field(default_factory=list)
    more: bool = False

    @property
    def changed(self) -> int:
        """How many of the facts given have changed since."""
        answers = [answer for contact in self.contacts for matter in contact.matters for answer in matter.answers]
        return sum(len(answer.changed) for answer in answers)


def history_of_case(case: Case) -> ContactHistory:
    """The history of one case: the case, and the matters of its contacts that concern it."""
    matters = Matter.objects.filter(case=case)
    contacts = Contact.objects.filter(pk__in=matters.values("contact"))
    return _history(contacts, matters, Case.objects.filter(pk=case.pk))


def history_of_people(
    people: Iterable[Person], *, url_of: Callable[[Case], str], reads: Callable[[Case], bool] = lambda _case: True
) -> ContactHistory:
    """The history of these people; `reads` says which cases the reader may see, `url_of` where.

    Matters that opened a case the reader may not see are left out. The latest MOST contacts and cases, in nine queries
    at most, plus a few for merged cases.
    """
    ids = [person.pk for person in people]
    contacts = Contact.objects.filter(person__in=ids)
    return _history(contacts, Matter.objects.all(), Case.objects.filter(person__in=ids), url_of, reads)


def _history(
    contacts: QuerySet[Contact],
    matters: QuerySet[Matter],
    cases: QuerySet[Case],
    url_of: Callable[[Case], str] = lambda _case: "",
    reads: Callable[[Case], bool] = lambda _case: True,
) -> ContactHistory:
    given = Given.objects.select_related("answer").order_by("pk")
    with_given = matters.select_related("subject", f"case__{MERGED_INTO}").prefetch_related(Prefetch("given", given))
    contact_rows = list(
        contacts.filter(state=Contact.State.DONE)
        .select_related("agent")
        .prefetch_related(Prefetch("matters", with_given.order_by("pk"), to_attr="shown_matters"))
        .order_by("-started_at", "-pk")[: MOST + 1]
    )
    shown = Entry.objects.filter(not_reversed()).filter(Q(kind__in=shown_kinds()) | IMPORTED)
    entries = shown.select_related("actor", "opinion").order_by("seq")
    rows = cases.select_related("subject", "department", "address__street", MERGED_INTO).order_by("-opened_at", "-pk")
    case_rows = list(rows.prefetch_related(Prefetch("entries", entries, to_attr="shown_entries"))[: MOST + 1])
    reversed_ids = reversed_propagations([entry for case in case_rows for entry in case.shown_entries])
    for contact in contact_rows:
        contact.shown_matters = [
            matter for matter in contact.shown_matters if matter.case is None or reads(matter.case)
        ]
    facts = _facts_today(contact_rows)
    return ContactHistory(
        contacts=[_contact(contact, facts) for contact in contact_rows[:MOST] if contact.shown_matters],
        cases=[_case(case, url_of(case), reversed_ids) for case in case_rows[:MOST] if reads(case)],
        more=len(contact_rows) > MOST or len(case_rows) > MOST,
    )


def _facts_today(contacts: Sequence[Contact]) -> dict[tuple[str, str], ShownFact]:
    """Today's value of the facts in these contacts' answers, by key and language; one query per language."""
    wanted: dict[str, set[str]] = {}
    for contact in contacts:
        for matter in contact.shown_matters:  # type: ignore[attr-defined]
            for given in matter.given.all():
                wanted.setdefault(clean(given.language), set()).update(str(fact["key"]) for fact in given.facts)
    by_lang = {lang: show_facts(sorted(keys), lang) for lang, keys in wanted.items() if keys}
    return {(key, lang): fact for lang, facts in by_lang.items() for key, fact in facts.items()}


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


def _pairs(rows: object) -> list[tuple[str, str]]:
    return [(str(label), str(value)) for label, value in rows] if isinstance(rows, list) else []


def _fact(key: str, shown: str, lang: str, facts: dict[tuple[str, str], ShownFact]) -> FactThen:
    today = facts.get((key, lang))
    then = "" if shown == TO_CHECK[clean(lang)] else shown
    return FactThen(today.label if today else key, then, today.shown if today and today.told else "")


def _case(case: Case, url: str, reversed_ids: set[int]) -> CaseThen:
    due: datetime | None = None
    steps = []
    entries: Sequence[Entry] = case.shown_entries  # type: ignore[attr-defined]
    added, languages = unasked(entries), languages_of(entries)
    for entry in entries:
        if entry.pk in reversed_ids:
            continue
        given = parse_datetime(str(entry.gives("due_at") or ""))
        # Reopening renews the promise, even when the date is the same.
        promised = given if given != due or entry.kind == _K.REOPENED else None
        due = given or due
        steps.append(_step(entry, promised, due, added, languages[entry.seq]))
    return CaseThen(case, steps, _late_since(case), url)


def _late_since(case: Case) -> datetime | None:
    main = case
    while main.merged_into is not None:
        main = main.merged_into
    late = main.is_open and not main.is_paused and main.due_at is not None and main.due_at < now()
    return main.due_at if late else None


def _step(entry: Entry, given: datetime | None, due: datetime | None, added: Collection[int], lang: str) -> Step:
    closed = entry.kind == _K.CLOSED
    withdrawn = closed and entry.data.get("reason") == ClosingReason.WITHDRAWN
    kept = entry.at <= due if closed and not withdrawn and due else None
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
        late_days=days_late(due, entry.at, working_calendar()) if kept is False and due else 0,
        opinion=getattr(entry, "opinion", None),
        told=", ".join(str(Entry.NotifiedVia(via).label) for via in via_of(entry)),
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
        known = reason in ClosingReason.values
        return _("Closed: %(reason)s") % {"reason": ClosingReason(reason).in_sentence} if known else _("Closed")
    if entry.kind == _K.NOTED:
        return _("Brought from the earlier system")
    if entry.kind == _K.REOPENED:
        return _("Closed by mistake: open again") if entry.data.get("undo") else _("Reopened, one level up")
    return str(ADDED[entry.kind].told_as) if entry.kind in ADDED else entry_name(entry, added)
