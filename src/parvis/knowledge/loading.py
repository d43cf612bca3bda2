"""Facts, standard answers, synonyms, danger words and what is not ours, as a town's files give them.

Answers and facts may be edited in the product, and what people wrote there wins over a file: it is kept, and said.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import transaction

from parvis.catalogue.models import Subject
from parvis.directory.models import Department
from parvis.knowledge.models import (
    Answer,
    AudienceVariant,
    Danger,
    Elsewhere,
    ElsewhereVariant,
    Fact,
    Guide,
    Siblings,
    Synonym,
)
from parvis.knowledge.services import set_fact
from parvis.lib.languages import LANGUAGES
from parvis.lib.sync import Tally, sync_rows
from parvis.places.models import Sector

Texts = tuple[str, str]

TEXTS = (
    "title", "short", "summary", "body", "steps", "documents", "fees", "ask", "avoid", "pass_on", "yes_to", "no_to",
    "links",
)  # fmt: skip
_SINCE = ("yes_to", "no_to")  # texts that answers loaded before lack: empty, they count for nothing in a digest


@dataclass(frozen=True)
class FactData:
    """One dated, sourced value; `value` by kind as `Fact` documents it; `owner` and `area` (or "") are slugs."""

    key: str
    label: Texts
    kind: str
    value: Any
    unit: str
    source_title: str
    source_url: str
    valid_from: date | None
    valid_to: date | None
    verified_on: date | None
    verified_by: str
    example: bool
    owner: str
    area: str = ""


@dataclass(frozen=True)
class AnswerData:
    """The standard answer on one subject; `texts` holds each of TEXTS in French and English, as the model stores it."""

    subject: str
    texts: Mapping[str, Texts]
    facts: tuple[str, ...]
    related: tuple[str, ...]
    audiences: tuple[str, ...]
    owner: str
    review_on: date
    audience_shorts: tuple[tuple[str, Texts], ...] = ()


@dataclass(frozen=True)
class DangerData:
    """Words of immediate danger, messages that tell one or only sound like it, what to say first, whom to call."""

    words: tuple[tuple[str, ...], tuple[str, ...]]
    examples: tuple[tuple[str, ...], tuple[str, ...]]
    calm: tuple[tuple[str, ...], tuple[str, ...]]
    say: Texts
    phone: str


@dataclass(frozen=True)
class ElsewhereData:
    """What belongs to somebody else: what to say, the door (its name "" when there is none), the ways people ask.

    `source` (title, url) and `verified_on` say where the door was read, and when it was last checked.
    """

    slug: str
    title: Texts
    say: Texts
    door: Texts
    phone: str
    url: str
    variants: tuple[tuple[str, ...], tuple[str, ...]]
    source: tuple[str, str] = ("", "")
    verified_on: date | None = None


@dataclass(frozen=True)
class SiblingsData:
    """Subjects that one question tells apart; `choices` are {slug, fr, en}."""

    name: str
    question: Texts
    choices: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class GuideData:
    """The guided questions on one subject; `content` is what `computed.guide.from_json` reads."""

    subject: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Loaded:
    """What a load did, and one line for each thing left as people wrote it in the product."""

    tallies: dict[str, Tally]
    kept: tuple[str, ...]


@transaction.atomic
def load_knowledge(
    *,
    facts: Sequence[FactData],
    answers: Sequence[AnswerData],
    synonyms: Sequence[tuple[str, str, str]],
    danger: DangerData | None,
    elsewhere: Sequence[ElsewhereData] = (),
    siblings: Sequence[SiblingsData] = (),
    guides: Sequence[GuideData] = (),
) -> Loaded:
    """Bring what the town says to the files; `synonyms` are (language, word, meaning). Safe to run again.

    An answer edited since it was loaded keeps its words; a fact given a newer value in the product keeps it unless the
    file says something it never said before; a variant that someone confirmed stays. What is not ours and no
    longer named is made inactive; guides that no file holds any more are deleted. Whoever calls tells every process
    that something has changed (`bump_edition`).
    """
    kept: list[str] = []
    tallies = {
        "facts": _load_facts(facts, kept),
        "answers": _load_answers(answers, kept),
        "synonyms": _load_synonyms(synonyms),
        "dangers": _load_danger(danger),
        **_load_elsewhere(elsewhere),
        "siblings": _load_siblings(siblings),
        "guides": _load_guides(guides),
    }
    return Loaded(tallies, tuple(kept))


# --- Facts ---------------------------------------------------------------------------------------------------------


def _load_facts(facts: Sequence[FactData], kept: list[str]) -> Tally:
    departments = {department.slug: department for department in Department.objects.all()}
    areas = {sector.slug: sector for sector in Sector.objects.all()}
    versions: dict[tuple[str, Sector | None], list[Fact]] = {}
    for row in Fact.objects.select_related("owner", "area").order_by("pk"):
        versions.setdefault((row.key, row.area), []).append(row)
    tally = Tally()
    for fact in facts:
        values = fact_values(fact, departments, areas)
        known = versions.get((fact.key, values["area"]), [])
        if any(_holds(row, values) for row in known if row.replaced_at is None):
            continue
        if any(_holds(row, values) for row in known):
            kept.append(f"fact {fact.key}: a newer value was given in the product")
            tally += Tally(kept=1)
            continue
        set_fact(**values)
        tally += Tally(updated=1) if known else Tally(created=1)
    return tally


def fact_values(fact: FactData, departments: Mapping[str, Department], areas: Mapping[str, Sector]) -> dict[str, Any]:
    """What `set_fact` takes, with the rows that the slugs name."""
    return {
        "key": fact.key,
        "label_fr": fact.label[0],
        "label_en": fact.label[1],
        "kind": fact.kind,
        "value": fact.value,
        "unit": fact.unit,
        "source_title": fact.source_title,
        "source_url": fact.source_url,
        "valid_from": fact.valid_from,
        "valid_to": fact.valid_to,
        "verified_on": fact.verified_on,
        "verified_by": fact.verified_by,
        "example": fact.example,
        "owner": departments[fact.owner],
        "area": areas[fact.area] if fact.area else None,
    }


def _holds(row: Fact, values: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in values.items())


# --- Answers -------------------------------------------------------------------------------------------------------


def _load_answers(answers: Sequence[AnswerData], kept: list[str]) -> Tally:
    subjects = dict(Subject.objects.values_list("slug", "pk"))
    departments = dict(Department.objects.values_list("slug", "pk"))
    present = {row.subject_id: row for row in Answer.objects.prefetch_related("audience_variants")}
    tally = Tally()
    for data in answers:
        values = _answer_values(data, departments)
        row = present.get(subjects[data.subject])
        if row is None:
            _publish(Answer(subject_id=subjects[data.subject], live=False), values, data)
            tally += Tally(created=1)
        elif _current_digest(row) != row.loaded_hash:
            kept.append(f"answer {data.subject}: edited in the product since it was loaded")
            tally += Tally(kept=1)
        elif row.loaded_hash != _digest(values, data.audience_shorts):
            _publish(row, values, data)
            tally += Tally(updated=1)
    return tally


def _answer_values(data: AnswerData, departments: Mapping[str, int]) -> dict[str, Any]:
    texts = {f"{name}_{lang}": data.texts[name][n] for name in TEXTS for n, lang in enumerate(LANGUAGES)}
    return {
        **texts,
        "facts": "\n".join(data.facts),
        "related": "\n".join(data.related),
        "audiences": list(data.audiences),
        "owner_id": departments[data.owner],
        "review_on": data.review_on,
    }


def _current_digest(answer: Answer) -> str:
    """Of the answer as it was last written, drafts included."""
    latest = answer.get_latest_revision_as_object()
    names = [f"{name}_{lang}" for name in TEXTS for lang in LANGUAGES]
    names += ["facts", "related", "audiences", "owner_id", "review_on"]
    values = {name: getattr(latest, name) for name in names}
    shorts = [(row.audience, (row.short_fr, row.short_en)) for row in latest.audience_variants.all()]
    return _digest(values, shorts)


def _digest(values: Mapping[str, Any], shorts: Iterable[tuple[str, Texts]]) -> str:
    since = {f"{name}_{lang}" for name in _SINCE for lang in LANGUAGES}
    held = {name: value for name, value in values.items() if value or name not in since}
    written = json.dumps([held, sorted(shorts)], sort_keys=True, ensure_ascii=False, default=str)
    return sha256(written.encode()).hexdigest()


def _publish(answer: Answer, values: Mapping[str, Any], data: AnswerData) -> None:
    for name, value in values.items():
        setattr(answer, name, value)
    answer.loaded_hash = _digest(values, data.audience_shorts)
    answer.audience_variants = [
        AudienceVariant(audience=audience, short_fr=short[0], short_en=short[1])
        for audience, short in data.audience_shorts
    ]
    if answer.pk is None:
        answer.save()
    answer.save_revision(clean=False).publish(log_action=False)


# --- Words ---------------------------------------------------------------------------------------------------------


def _load_synonyms(synonyms: Sequence[tuple[str, str, str]]) -> Tally:
    wanted = [{"language": language, "word": word, "meaning": meaning} for language, word, meaning in synonyms]
    return sync_rows(Synonym.objects.all(), ("language", "word"), wanted, gone="leave")


def _load_danger(danger: DangerData | None) -> Tally:
    if danger is None:
        return Tally()
    values = {
        "pk": 1,
        **{
            f"{name}_{lang}": list(texts)
            for name in ("words", "examples", "calm")
            for lang, texts in zip(LANGUAGES, getattr(danger, name), strict=True)
        },
        "say_fr": danger.say[0],
        "say_en": danger.say[1],
        "phone": danger.phone,
    }
    return sync_rows(Danger.objects.all(), ("pk",), [values], gone="delete")


# --- What is not ours, and what looks alike ------------------------------------------------------------------------


def _load_elsewhere(elsewhere: Sequence[ElsewhereData]) -> dict[str, Tally]:
    wanted = [
        {
            "slug": data.slug,
            **_in_both("title", data.title),
            **_in_both("say", data.say),
            **_in_both("door", data.door),
            "phone": data.phone,
            "url": data.url,
            "source_title": data.source[0],
            "source_url": data.source[1],
            "verified_on": data.verified_on,
            "position": position,
            "active": True,
        }
        for position, data in enumerate(elsewhere)
    ]
    targets = sync_rows(Elsewhere.objects.all(), ("slug",), wanted, gone="deactivate")
    return {"elsewhere": targets, "elsewhere variants": _load_elsewhere_variants(elsewhere)}


def _load_elsewhere_variants(elsewhere: Sequence[ElsewhereData]) -> Tally:
    """A text that someone confirmed in the product already stays theirs."""
    key = ("elsewhere_id", "language", "text")
    ids = dict(Elsewhere.objects.values_list("slug", "pk"))
    confirmed = set(ElsewhereVariant.objects.filter(from_town_file=False).values_list(*key))
    entries = [
        (ids[data.slug], language, text)
        for data in elsewhere
        for language, texts in zip(LANGUAGES, data.variants, strict=True)
        for text in texts
    ]
    wanted = [
        {**dict(zip(key, entry, strict=True)), "from_town_file": True} for entry in entries if entry not in confirmed
    ]
    return sync_rows(ElsewhereVariant.objects.filter(from_town_file=True), key, wanted, gone="delete")


def _load_siblings(siblings: Sequence[SiblingsData]) -> Tally:
    wanted = [
        {
            "name": data.name,
            **_in_both("question", data.question),
            "choices": [dict(choice) for choice in data.choices],
            "position": position,
        }
        for position, data in enumerate(siblings)
    ]
    return sync_rows(Siblings.objects.all(), ("name",), wanted, gone="delete")


def _in_both(name: str, texts: Texts) -> dict[str, str]:
    return {f"{name}_{lang}": text for lang, text in zip(LANGUAGES, texts, strict=True)}


# --- Guides --------------------------------------------------------------------------------------------------------


def _load_guides(guides: Sequence[GuideData]) -> Tally:
    subjects = dict(Subject.objects.values_list("slug", "pk"))
    wanted = [{"subject_id": subjects[guide.subject], "content": dict(guide.content)} for guide in guides]
    return sync_rows(Guide.objects.all(), ("subject_id",), wanted, gone="delete")
