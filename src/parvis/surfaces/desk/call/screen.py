"""Template context of the call screen."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.calculators.queries.registry import Calculator, calculators_on
from parvis.apps.cases.queries import incidents
from parvis.apps.catalogue.models import Audience, Channel, Subject
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.rendering import FactStatus, Rendered, ShownFact
from parvis.apps.content.queries.water import WaterAnswer, water_answer
from parvis.apps.directory.models import Presence, Town
from parvis.apps.directory.queries import language_rule, present_in, town, working_calendar
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_found
from parvis.apps.households.queries import households_of_person
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries import contacts as intake
from parvis.apps.mail import queries as mail
from parvis.apps.matching.queries import asking, suggesting, suggestions, targets
from parvis.apps.places.models import Address
from parvis.apps.places.queries.addresses import by_id as address_by_id
from parvis.apps.residents.queries import people
from parvis.apps.telephony.queries import texts
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.i18n.languages import Lang, clean
from parvis.lib.words import number
from parvis.surfaces.desk.call import texting
from parvis.surfaces.desk.call.draft import Draft, key_of, searched
from parvis.surfaces.desk.gate import agent_of, readable_file

MANY = 9
SHOWN_BEFORE = 4
LONG_VALUE = 16
LIKELY = 3  # top subjects that may suggest an incident
MOST_INCIDENTS = 2  # suggested at once during a contact


@dataclass(frozen=True)
class Tab:
    """One open contact above the screen; `seconds` is its duration."""

    contact: Contact
    rank: int
    title: str
    line: str
    seconds: int
    current: bool

    @property
    def held(self) -> bool:
        """Whether the contact is on hold."""
        return self.contact.state == Contact.State.ON_HOLD

    @property
    def icon(self) -> str:
        """The icon of a call, a visit or a hold."""
        if self.held:
            return "pause"
        icons = {Channel.COUNTER: "users", Channel.TEXT: "message-square-text"}
        return icons.get(Channel(self.contact.channel), "phone-call")

    @property
    def clock(self) -> str:
        """The duration as "3:12"."""
        return f"{self.seconds // 60}:{self.seconds % 60:02d}"


def tabs(request: HttpRequest, current: int | None = None) -> list[Tab]:
    """The agent's open contacts, oldest first."""
    moment, contacts = now(), intake.open_contacts(agent_of(request))
    titles = _titles(contacts)
    return [
        Tab(
            contact=contact,
            rank=rank if rank <= MANY else 0,
            title=titles[contact.pk],
            line=_line(contact),
            seconds=seconds_since(contact.started_at, moment),
            current=contact.pk == current,
        )
        for rank, contact in enumerate(contacts, start=1)
    ]


def _titles(contacts: list[Contact]) -> dict[int, str]:
    """The title of each contact: the subject on its screen, else the words typed, else its last matter."""
    titles = {}
    for contact in contacts:
        draft = Draft.of(contact)
        card = answers.card(draft.subject, _lang()) if draft.subject else None
        settled = list(contact.matters.all())
        last = settled[-1].subject.title if settled and settled[-1].subject else ""
        new = _("New visit") if contact.channel == Channel.COUNTER else _("New call")
        titles[contact.pk] = (card.title if card else "") or draft.text[:60] or last or new
    return titles


def _lang() -> Lang:
    return clean(get_language())


def _line(contact: Contact) -> str:
    parts = [_("On hold")] if contact.state == Contact.State.ON_HOLD else []
    visit = getattr(contact, "visit", None)
    if visit:
        parts.append(f"{visit.label} {visit.name}".strip())
    if contact.person:
        parts.append(contact.person.name)
    elif contact.phone:
        parts.append(quebec.phone(contact.phone))
    elif not parts:
        parts.append(_("Counter") if contact.channel == Channel.COUNTER else _("Nobody known"))
    return ", ".join(parts)


def seconds_since(start: datetime, moment: datetime | None = None) -> int:
    """Whole seconds since `start`, never negative."""
    return max(0, int(((moment or now()) - start).total_seconds()))


# --- Matching ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MatchResult:
    """The answers that match the words typed; `chosen` is the slug of the one on the screen.

    `nearest`: the example questions of the chosen subject closest to the words; `parts`: the separate questions of a
    compound one; `other`: the external body most likely concerned, in the language spoken; `water`: the boil-water
    notices when the words ask about them, read instead of the answer until the agent picks one.
    """

    suggestion: suggestions.Suggestion | None
    chosen: str
    dropped: list[str]
    text: str
    nearest: tuple[str, ...] = ()
    parts: tuple[suggesting.Part, ...] = ()
    other: targets.Other | None = None
    water: WaterAnswer | None = None

    @property
    def hits(self) -> list[dict[str, Any]]:
        """The hits with their rank and percentage, without those at 0 %.

        The choices of a clarifying question come first, in its order, so that keys 1 and 2 answer it.
        """
        if self.suggestion is None:
            return []
        labels = {choice.slug: choice.label for choice in self.clarify.choices} if self.clarify else {}
        order = list(labels)
        shown = [hit for hit in self.suggestion.hits if hit.slug in labels or hit.slug == self.chosen or hit.percent]
        hits = sorted(shown, key=lambda hit: order.index(hit.slug) if hit.slug in labels else len(order))
        return [
            {
                "hit": hit,
                "rank": rank,
                "percent": hit.percent,
                "current": hit.slug == self.chosen,
                "label": labels.get(hit.slug, ""),
            }
            for rank, hit in enumerate(hits, start=1)
        ]

    @property
    def clarify(self) -> asking.Clarify | None:
        """The question that tells ambiguous subjects apart, if any."""
        return self.suggestion.clarify if self.suggestion else None

    @property
    def matched(self) -> tuple[str, ...]:
        """The words typed that match the subject on the screen."""
        hits = self.suggestion.hits if self.suggestion else ()
        return next((hit.matched for hit in hits if hit.slug == self.chosen), ())


def find(draft: Draft) -> MatchResult:
    """Matches the words typed. The best readable answer is chosen, unless the agent picked one that still matches."""
    words = searched(draft.text, draft.dropped)
    if not words.strip():
        return MatchResult(None, draft.subject if draft.picked else "", draft.dropped, draft.text)
    suggestion = suggesting.suggest(words, lang=None, limit=8)
    picked = draft.picked and draft.subject in [hit.slug for hit in suggestion.hits]
    chosen = draft.subject if picked else suggestion.to_read
    nearest, parts = suggesting.nearest_of(words, chosen), () if suggestion.danger else suggesting.parts_of(words)
    other = suggesting.other_of(suggestion, draft.lang)
    water = water_answer(draft.lang) if suggestion.water and not picked else None
    return MatchResult(suggestion, chosen, draft.dropped, draft.text, nearest, parts, other, water)


def mark(text: str, words: tuple[str, ...]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it begins with one of these words."""
    prefixes = [re.escape(word) for word in words if len(word) > 1]
    if not prefixes:
        return [(text, False)]
    pieces = re.split(rf"(\b(?:{'|'.join(prefixes)})\w*)", text, flags=re.IGNORECASE)
    return [(piece, rank % 2 == 1) for rank, piece in enumerate(pieces) if piece]


# --- Reading ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnswerPane:
    """The subject in the middle of the screen, with its answer if any."""

    subject: Subject
    card: Any
    answer: Rendered | None
    draft: Draft
    address: Address | None = None

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The facts: label, value, and mark or source; expired ones (`lapsed`) have no value."""
        return [_fact(fact) for fact in self.answer.facts] if self.answer else []

    @property
    def to_check(self) -> list[str]:
        """The labels of the facts whose value is not shown."""
        return [fact.label for fact in self.answer.to_check] if self.answer else []

    @property
    def works(self) -> list[Calculator]:
        """The calculators of this subject."""
        return calculators_on(self.subject.slug, _lang())

    @property
    def by_area(self) -> bool:
        """Whether the answer differs by area of the town."""
        return answers.differs_by_area(self.subject.slug)

    @property
    def at_address(self) -> bool:
        """Whether the answer is computed for an address."""
        return bool(self.subject.computed)

    @property
    def audiences(self) -> list[tuple[str, Any, bool]]:
        """The audiences, and whether each is the chosen one."""
        return [(value, label, value == self.draft.audience) for value, label in Audience.choices]


def read(draft: Draft, slug: str, where: Callable[[], Address | None] = lambda: None) -> AnswerPane | None:
    """The answer on a subject, in the language and for the audience of the draft; None for an unknown subject.

    `where` returns the address it is read for; called only when the answer differs by area.
    """
    subjects = Subject.objects.filter(slug=slug, active=True).select_related("department", "external_body")
    subject = subjects.first() if slug else None
    if subject is None:
        return None
    answer = answers.current_answer(slug)
    address = where() if answer and answers.differs_by_area(slug) else None
    rendered = answers.render(answer, draft.lang, audience=draft.audience, address=address) if answer else None
    rendered = suggesting.with_verdict(rendered, draft.text) if rendered else None
    return AnswerPane(subject, answers.card(slug, draft.lang), rendered, draft, address)


def where(contact: Contact, draft: Draft) -> Address | None:
    """The address in question: the one typed in the address pane, else that of the case, else the person's."""
    typed = (draft.fields.get("place-address", ""), draft.fields.get("case-address", ""))
    return address_of(typed[0]) or address_of(typed[1]) or home_of(contact)


def home_of(contact: Contact) -> Address | None:
    """The address of the contact's person; None when their file needs a reason."""
    person = readable_file(contact.agent, contact.person)
    return person.address if person else None


def address_of(typed: str) -> Address | None:
    """The address of that id, as text; None for anything else."""
    pk = number(typed)
    return address_by_id(pk) if pk is not None else None


def _fact(fact: ShownFact) -> dict[str, Any]:
    if not fact.told:
        why = _("not known") if fact.status == FactStatus.MISSING else fact.owner
        if fact.status == FactStatus.LAPSED and fact.valid_to:
            why = _("lapsed on %(day)s") % {"day": quebec.day_of_month(fact.valid_to, _lang(), year=True)}
        return {"label": fact.label, "value": "", "state": "lapsed", "note": why}
    note = fact.source
    if fact.valid_to:
        until = _("until %(day)s") % {"day": quebec.day_of_month(fact.valid_to, _lang(), year=True)}
        note = f"{until}, {fact.source}" if fact.source else until
    shown = {"label": fact.label, "value": fact.shown, "mark": fact.mark, "long": len(fact.shown) > LONG_VALUE}
    return shown | {"note": "" if fact.mark else note}


# --- Whole screens ----------------------------------------------------------------------------------------------


def warm() -> None:
    """Loads the answers, their index and the calendar into this process before an agent types."""
    suggesting.title_of("", "fr")
    working_calendar()


def frame(request: HttpRequest, current: int | None = None) -> dict[str, Any]:
    """The context common to every screen of the desk: the tabs and the current figures."""
    warm()
    return {
        "tabs": tabs(request, current),
        "moment": intake.figures_of_the_moment(),
        "edition": answers.edition(),
        "new_keys": {"phone": uuid4().hex, "counter": uuid4().hex, "line": uuid4().hex},
    }


def person_pane(contact: Contact) -> dict[str, Any]:
    """The person's file in brief, if the person is identified; else the household of the number."""
    if contact.person is None:
        household = people.household(contact.phone)
        if household and contact.agent is not None:
            record_found(user=contact.agent, person_ids=[person.pk for person in household], words=contact.phone)
        return {"contact": contact, "file": None, "household": household}
    person = readable_file(contact.agent, contact.person)
    if person is None or contact.agent is None:
        return {"contact": contact, "file": None, "locked": contact.person.canonical}
    file = intake.file(person, user=contact.agent, limit=20)
    return {
        "contact": contact,
        "file": file,
        "open_cases": [case for case in file.cases if case.is_open][:SHOWN_BEFORE],
        "closed_cases": [case for case in file.cases if not case.is_open][:2],
        "told": list(file.given)[:SHOWN_BEFORE],
        "person": person,
        "refusal": mail.refusal_of(person.email),
        "refusing": texts.refusing(phone.number for phone in person.phones.all()),
        "homes": households_of_person(person) if contact.agent.may(Action.REGISTER_OTHERS) else [],
    }


def english_allowed(place: Town) -> bool:
    """Whether the town allows answers in English at all."""
    return place.english != Town.English.OFF


def call(request: HttpRequest, contact: Contact, draft: Draft) -> dict[str, Any]:
    """The whole context of the screen of one contact."""
    match = find(draft)
    reading = read(draft, match.chosen, lambda: where(contact, draft))
    return {
        **frame(request, contact.pk),
        **person_pane(contact),
        **texting.lines(contact),
        **incidents_here(request, contact.pk, draft, match),
        "at": contact.pk,
        "draft": draft,
        "found": match,
        "reading": reading,
        "matters": list(contact.matters.all()),
        "asked_today": intake.asked_today(),
        "seconds": seconds_since(contact.started_at),
        "english": english_allowed(town()),
        **_ground(contact, draft),
        "free": colleague_free(reading),
        "held": contact.state == Contact.State.ON_HOLD,
    }


def _ground(contact: Contact, draft: Draft) -> dict[str, Any]:
    """The ground for using English, where the town's rule asks for one."""
    rule = language_rule()
    given = rule.ground(contact.english_ground)
    words = given.name(_lang()) if given else _("no ground yet; letters will be in French")
    asked = rule.status == Town.English.EXCEPTION and draft.lang == "en"
    return {"ask_ground": asked, "ground_said": words, "grounds": rule.choices(_lang())}


def incidents_here(request: HttpRequest, contact_id: int, draft: Draft, match: MatchResult) -> dict[str, Any]:
    """The incidents this contact may be about, in the language read to the person, and the key that joins one.

    By the words, the subjects matched, the address of the case or the person; or named in the query string. No query
    while no incident is open.
    """
    context: dict[str, Any] = {"incidents_here": [], "contact_pk": contact_id}
    contact = intake.contact_of(contact_id, agent_of(request)) if incidents.in_progress() else None
    if contact is None:
        return context
    hits = match.suggestion.hits if match.suggestion else ()
    slugs = [hit.slug for hit in hits if hit.confidence >= suggestions.POSSIBLE][:LIKELY] + [match.chosen]
    address = where(contact, Draft.of(contact))
    named_id = number(request.GET.get("incident", ""))
    with translation.override(draft.lang):
        named = [shown for shown in incidents.all_shown() if shown.incident.pk == named_id]
        about = [shown for shown in incidents.about(draft.text, slugs, address) if shown.incident.pk != named_id]
    return context | {"incidents_here": [*named, *about][:MOST_INCIDENTS], "join_key": key_of(contact, "incident")}


def colleague_free(reading: AnswerPane | None) -> str:
    """The name of a free colleague of the subject's department, or ""."""
    present = present_in(reading.subject.department) if reading else []
    free = (colleague for colleague in present if colleague.status == Presence.Status.FREE)
    return next((colleague.user.display_name for colleague in free), "")
