"""What stands on an agent's screen during a contact, gathered for its templates."""

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

from parvis.apps.cases import incidents
from parvis.apps.catalogue.models import Audience, Channel, Subject
from parvis.apps.directory.models import Presence, Town
from parvis.apps.directory.queries import language_rule, present_in, town, working_calendar
from parvis.apps.directory.services import record_found
from parvis.apps.intake import queries as intake
from parvis.apps.intake.models import Contact
from parvis.apps.knowledge import queries as knowledge
from parvis.apps.knowledge.calculators import Calculator, calculators_on
from parvis.apps.knowledge.rendering import FactStatus, Rendered, ShownFact
from parvis.apps.places.models import Address
from parvis.apps.places.queries import by_id as address_by_id
from parvis.apps.residents import queries as residents
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.languages import Lang, clean
from parvis.lib.words import number
from parvis.surfaces.desk.call.draft import Draft, key_of, searched
from parvis.surfaces.desk.gate import agent_of, readable_file

MANY = 9
SHOWN_BEFORE = 4
LONG_VALUE = 16
LIKELY = 3  # subjects found that may tell an incident
MOST_INCIDENTS = 2  # told at once in the middle of a contact


@dataclass(frozen=True)
class Tab:
    """One open contact above the screen; `seconds` is how long it has lasted."""

    contact: Contact
    rank: int
    title: str
    line: str
    seconds: int
    current: bool

    @property
    def held(self) -> bool:
        """Whether the person waits."""
        return self.contact.state == Contact.State.ON_HOLD

    @property
    def icon(self) -> str:
        """The drawing that tells a call, a visit and a hold apart."""
        if self.held:
            return "pause"
        return "users" if self.contact.channel == Channel.COUNTER else "phone-call"

    @property
    def clock(self) -> str:
        """The length as "3:12"."""
        return f"{self.seconds // 60}:{self.seconds % 60:02d}"


def tabs(request: HttpRequest, current: int | None = None) -> list[Tab]:
    """The agent's open contacts, the oldest first."""
    moment, result = now(), intake.open_contacts(agent_of(request))
    titles = _titles(result)
    return [
        Tab(
            contact=contact,
            rank=rank if rank <= MANY else 0,
            title=titles[contact.pk],
            line=_line(contact),
            seconds=seconds_since(contact.started_at, moment),
            current=contact.pk == current,
        )
        for rank, contact in enumerate(result, start=1)
    ]


def _titles(contacts: list[Contact]) -> dict[int, str]:
    """What each contact is about: the subject on its screen, else what is typed, else its last matter."""
    named = {}
    for contact in contacts:
        draft = Draft.of(contact)
        card = knowledge.card(draft.subject, _lang()) if draft.subject else None
        settled = list(contact.matters.all())
        last = settled[-1].subject.title if settled and settled[-1].subject else ""
        new = _("New visit") if contact.channel == Channel.COUNTER else _("New call")
        named[contact.pk] = (card.title if card else "") or draft.text[:60] or last or new
    return named


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


# --- Finding ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What the words found: the hits with their marks, and which of them is on the screen.

    `nearest` are the ways of asking about that one that came closest to the words; `parts` the questions of a person
    who asks several things; `other` whose it is, in the language spoken, when it is most likely not ours. `water` is
    what stands about water to boil when they ask that: it is read in the place of the answer, until one is picked.
    """

    suggestion: knowledge.Suggestion | None
    chosen: str
    dropped: list[str]
    text: str
    nearest: tuple[str, ...] = ()
    parts: tuple[knowledge.Part, ...] = ()
    other: knowledge.Other | None = None
    water: knowledge.WaterAnswer | None = None

    @property
    def hits(self) -> list[dict[str, Any]]:
        """Each hit with its rank, its percentage, and whether it is the one on the screen; none that would read 0 %.

        When siblings cannot be told apart they come first, in the order of their question, so that 1 and 2 answer it.
        """
        if self.suggestion is None:
            return []
        labels = {choice.slug: choice.label for choice in self.clarify.choices} if self.clarify else {}
        order = list(labels)
        kept = [hit for hit in self.suggestion.hits if hit.slug in labels or hit.slug == self.chosen or hit.percent]
        hits = sorted(kept, key=lambda hit: order.index(hit.slug) if hit.slug in labels else len(order))
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
    def clarify(self) -> knowledge.Clarify | None:
        """What to ask the person, when what they said may be one of several siblings."""
        return self.suggestion.clarify if self.suggestion else None

    @property
    def matched(self) -> tuple[str, ...]:
        """The said words that speak for the subject on the screen."""
        hits = self.suggestion.hits if self.suggestion else ()
        return next((hit.matched for hit in hits if hit.slug == self.chosen), ())


def find(draft: Draft) -> Found:
    """Searches what is typed. What may be read out goes on the screen, unless the agent picked one still found."""
    words = searched(draft.text, draft.dropped)
    if not words.strip():
        return Found(None, draft.subject if draft.picked else "", draft.dropped, draft.text)
    suggestion = knowledge.suggest(words, lang=None, limit=8)
    slugs = [hit.slug for hit in suggestion.hits]
    chosen = draft.subject if draft.picked and draft.subject in slugs else suggestion.to_read
    nearest, parts = knowledge.nearest_of(words, chosen), () if suggestion.danger else knowledge.parts_of(words)
    other = knowledge.other_of(suggestion, draft.lang)
    asks_water = suggestion.water and not (draft.picked and draft.subject in slugs)
    water = knowledge.water_answer(draft.lang) if asks_water else None
    return Found(suggestion, chosen, draft.dropped, draft.text, nearest, parts, other, water)


def mark(text: str, words: tuple[str, ...]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is one of the words that found it."""
    wanted = [re.escape(word) for word in words if len(word) > 1]
    if not wanted:
        return [(text, False)]
    pieces = re.split(rf"(\b(?:{'|'.join(wanted)})\w*)", text, flags=re.IGNORECASE)
    return [(piece, rank % 2 == 1) for rank, piece in enumerate(pieces) if piece]


# --- Reading ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnswerPane:
    """The subject in the middle of the screen, with its answer when it has one."""

    subject: Subject
    card: Any
    answer: Rendered | None
    draft: Draft
    address: Address | None = None

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The grid of facts: label, value, its mark or where it comes from; `lapsed` ones have no value."""
        return [_fact(fact) for fact in self.answer.facts] if self.answer else []

    @property
    def to_check(self) -> list[str]:
        """The names of the facts of the answer whose value is not told."""
        return [fact.label for fact in self.answer.to_check] if self.answer else []

    @property
    def works(self) -> list[Calculator]:
        """What may be worked out on this subject while the person waits."""
        return calculators_on(self.subject.slug, _lang())

    @property
    def by_area(self) -> bool:
        """Whether the answer is not the same in every area of the town."""
        return knowledge.differs_by_area(self.subject.slug)

    @property
    def at_address(self) -> bool:
        """Whether this subject is answered for an address."""
        return bool(self.subject.computed)

    @property
    def audiences(self) -> list[tuple[str, Any, bool]]:
        """Whom the answer may be read to, and whether it is the one chosen."""
        return [(value, label, value == self.draft.audience) for value, label in Audience.choices]


def read(draft: Draft, slug: str, where: Callable[[], Address | None] = lambda: None) -> AnswerPane | None:
    """The answer on a subject, in the language and for the audience of the draft; None for an unknown subject.

    `where` gives the address it is read for; asked only where the answer is not the same in every area of the town.
    """
    rows = Subject.objects.filter(slug=slug, active=True).select_related("department", "external_body")
    subject = rows.first() if slug else None
    if subject is None:
        return None
    answer = knowledge.current_answer(slug)
    address = where() if answer and knowledge.differs_by_area(slug) else None
    rendered = knowledge.render(answer, draft.lang, audience=draft.audience, address=address) if answer else None
    rendered = knowledge.said_to(rendered, draft.text) if rendered else None
    return AnswerPane(subject, knowledge.card(slug, draft.lang), rendered, draft, address)


def where(contact: Contact, draft: Draft) -> Address | None:
    """The address that is spoken of: the one typed for it, else that of the request, else the person's."""
    typed = (draft.fields.get("place-address", ""), draft.fields.get("case-address", ""))
    return address_of(typed[0]) or address_of(typed[1]) or home_of(contact)


def home_of(contact: Contact) -> Address | None:
    """The address of the person of the contact; None while their file is shut."""
    person = readable_file(contact.agent, contact.person)
    return person.address if person else None


def address_of(typed: str) -> Address | None:
    """The address whose number a form or an address of the screen gives; None for anything else."""
    result = number(typed)
    return address_by_id(result) if result is not None else None


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
    """Has this process read the answers and the calendar before someone types, rather than while they wait."""
    knowledge.card("", "fr")
    working_calendar()


def frame(request: HttpRequest, current: int | None = None) -> dict[str, Any]:
    """What surrounds every screen of the desk: the tabs and the figures of the moment."""
    warm()
    return {
        "tabs": tabs(request, current),
        "moment": intake.figures_of_the_moment(),
        "edition": knowledge.edition(),
        "new_keys": {"phone": uuid4().hex, "counter": uuid4().hex, "line": uuid4().hex},
    }


def person_pane(contact: Contact) -> dict[str, Any]:
    """The person's file in brief, when someone is identified."""
    if contact.person is None:
        household = residents.household(contact.phone)
        if household and contact.agent is not None:
            ids = [item.pk for item in household]
            record_found(user=contact.agent, person_ids=ids, words=contact.phone)
        return {"contact": contact, "file": None, "household": household}
    person = readable_file(contact.agent, contact.person)
    if person is None:
        return {"contact": contact, "file": None, "locked": contact.person.canonical}
    file = intake.file(person, limit=20)
    return {
        "contact": contact,
        "file": file,
        "open_cases": [case for case in file.cases if case.is_open][:SHOWN_BEFORE],
        "closed_cases": [case for case in file.cases if not case.is_open][:2],
        "told": list(file.given)[:SHOWN_BEFORE],
        "person": person,
    }


def english_allowed(place: Town) -> bool:
    """Whether the town lets an answer be read in English at all."""
    return place.english != Town.English.OFF


def call(request: HttpRequest, contact: Contact, draft: Draft) -> dict[str, Any]:
    """Everything on the screen of one contact."""
    here = town()
    result = find(draft)
    reading = read(draft, result.chosen, lambda: where(contact, draft))
    return {
        **frame(request, contact.pk),
        **person_pane(contact),
        **incidents_here(request, contact.pk, draft, result),
        "at": contact.pk,
        "draft": draft,
        "found": result,
        "reading": reading,
        "matters": list(contact.matters.all()),
        "asked_today": intake.asked_today(),
        "seconds": seconds_since(contact.started_at),
        "english": english_allowed(here),
        **_ground(contact, draft),
        "free": colleague_free(reading),
        "held": contact.state == Contact.State.ON_HOLD,
    }


def _ground(contact: Contact, draft: Draft) -> dict[str, Any]:
    """What is said of English on the screen, where the town's rule asks why it is used."""
    rule = language_rule()
    given = rule.ground(contact.english_ground)
    asked = rule.status == Town.English.EXCEPTION and draft.lang == "en"
    said = given.name(_lang()) if given else _("no ground yet; letters will be in French")
    return {"ask_ground": asked, "ground_said": said, "grounds": rule.choices(_lang())}


def incidents_here(request: HttpRequest, contact_id: int, draft: Draft, item: Found) -> dict[str, Any]:
    """The incidents that this contact may be about, in the language read to the person, and the key that joins one.

    By the words, the subject found, the address of the request or of the person; or named in the address of the screen.
    No query while none is under way.
    """
    nothing: dict[str, Any] = {"incidents_here": [], "contact_pk": contact_id}
    contact = intake.contact_of(contact_id, agent_of(request)) if incidents.under_way() else None
    if contact is None:
        return nothing
    hits = item.suggestion.hits if item.suggestion else ()
    slugs = [hit.slug for hit in hits if hit.confidence >= knowledge.POSSIBLE][:LIKELY] + [item.chosen]
    address = where(contact, Draft.of(contact))
    asked = number(request.GET.get("incident", ""))
    with translation.override(draft.lang):
        named = [shown for shown in incidents.all_shown() if shown.incident.pk == asked]
        told = [shown for shown in incidents.about(draft.text, slugs, address) if shown.incident.pk != asked]
    return nothing | {"incidents_here": [*named, *told][:MOST_INCIDENTS], "join_key": key_of(contact, "incident")}


def colleague_free(reading: AnswerPane | None) -> str:
    """Who of the subject's department can take a call now; "" when nobody can."""
    if reading is None:
        return ""
    here = [
        present_colleague
        for present_colleague in present_in(reading.subject.department)
        if present_colleague.status == Presence.Status.FREE
    ]
    return here[0].user.display_name if here else ""
