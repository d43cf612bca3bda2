"""Loads facts, standard answers, synonyms, danger words and out-of-scope topics from a town's files.

Answers and facts may be edited in the product; those edits win over the files, and are reported.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.db import transaction

from parvis.apps.catalogue.models import Subject
from parvis.apps.content import models, schemas
from parvis.apps.content.services.content import set_fact
from parvis.apps.directory.models import Actor, Department
from parvis.apps.places.models import Sector
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.i18n.languages import LANGUAGES
from parvis.lib.ingest.fields import Texts, columns

TEXTS = (*models.TEXTS, "links")
_ADDED_LATER = ("yes_to", "no_to")  # left out of the digest when empty, as in answers loaded before


@dataclass(frozen=True)
class AnswerData:
    """The standard answer on one subject, in French, and in English if written."""

    subject: str
    french: schemas.FrenchAnswerFile
    english: schemas.AnswerFile | None = None

    @cached_property
    def texts(self) -> dict[str, Texts]:
        """Each of TEXTS in both languages, in the stored form."""
        french, english = self.french.texts, self.english.texts if self.english else {}
        return {name: Texts(french[name], english.get(name, "")) for name in TEXTS}

    @cached_property
    def audience_shorts(self) -> list[tuple[str, Texts]]:
        """The words to say to specific audiences."""
        english = self.english.shorts if self.english else {}
        return [(audience, Texts(short, english.get(audience, ""))) for audience, short in self.french.shorts.items()]


@dataclass(frozen=True)
class GuideData:
    """Guided questions on one subject; `content` is the input of `calculators.rules.guide.from_json`."""

    subject: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Loaded:
    """The row counts of a load, and one line per row left as edited in the product."""

    tallies: dict[str, UpsertCounts]
    kept: tuple[str, ...]


@transaction.atomic
def load_knowledge(
    *,
    facts: Sequence[schemas.FactData],
    answers: Sequence[AnswerData],
    synonyms: schemas.SynonymsData | None,
    danger: schemas.DangerData | None,
    elsewhere: Sequence[schemas.ElsewhereData] = (),
    siblings: Sequence[schemas.SiblingsData] = (),
    guides: Sequence[GuideData] = (),
) -> Loaded:
    """Sync the town's content with its files. Idempotent.

    Answers edited since they were loaded keep their text; a fact given a newer value in the product keeps it unless the
    file says something new; confirmed examples stay. Out-of-scope topics absent from the files are deactivated; absent
    guides are deleted. The caller notifies every process (`bump_edition`).
    """
    left_as_edited: list[str] = []
    tallies = {
        "facts": _load_facts(facts, left_as_edited),
        "answers": _load_answers(answers, left_as_edited),
        "synonyms": _load_synonyms(synonyms),
        "dangers": _load_danger(danger),
        **_load_elsewhere(elsewhere),
        "siblings": _load_siblings(siblings),
        "guides": _load_guides(guides),
    }
    return Loaded(tallies, tuple(left_as_edited))


# --- Facts ---------------------------------------------------------------------------------------------------------


def _load_facts(facts: Sequence[schemas.FactData], left_as_edited: list[str]) -> UpsertCounts:
    departments = {department.slug: department for department in Department.objects.all()}
    areas = {sector.slug: sector for sector in Sector.objects.all()}
    versions: dict[tuple[str, Sector | None], list[models.Fact]] = {}
    for row in models.Fact.objects.select_related("owner", "area").order_by("pk"):
        versions.setdefault((row.key, row.area), []).append(row)
    tally = UpsertCounts()
    for fact in facts:
        if fact.follows:
            continue  # written by what it follows
        values = fact_values(fact, departments, areas)
        history = versions.get((fact.key, values["area"]), [])
        if any(_holds(row, values) for row in history if row.replaced_at is None):
            continue
        if any(_holds(row, values) for row in history):
            left_as_edited.append(f"fact {fact.key}: a newer value was given in the product")
            tally += UpsertCounts(kept=1)
            continue
        set_fact(**values, by=Actor.system())
        tally += UpsertCounts(updated=1) if history else UpsertCounts(created=1)
    return tally


def fact_values(
    fact: schemas.FactData, departments: Mapping[str, Department], areas: Mapping[str, Sector]
) -> dict[str, Any]:
    """The arguments of `set_fact`, with slugs resolved to rows."""
    area = areas[fact.area] if fact.area else None
    return columns(fact, "owner", "area", "follows") | {
        "value": fact.stored,
        "owner": departments[fact.owner],
        "area": area,
    }


def _holds(row: models.Fact, values: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in values.items())


# --- Answers -------------------------------------------------------------------------------------------------------


def _load_answers(answers: Sequence[AnswerData], left_as_edited: list[str]) -> UpsertCounts:
    subjects = dict(Subject.objects.values_list("slug", "pk"))
    departments = dict(Department.objects.values_list("slug", "pk"))
    present = {row.subject_id: row for row in models.Answer.objects.prefetch_related("audience_variants")}
    tally = UpsertCounts()
    for data in answers:
        values = _answer_values(data, departments)
        row = present.get(subjects[data.subject])
        if row is None:
            _publish(models.Answer(subject_id=subjects[data.subject], live=False), values, data)
            tally += UpsertCounts(created=1)
        elif _current_digest(row) != row.loaded_hash:
            left_as_edited.append(f"answer {data.subject}: edited in the product since it was loaded")
            tally += UpsertCounts(kept=1)
        elif row.loaded_hash != _digest(values, data.audience_shorts):
            _publish(row, values, data)
            tally += UpsertCounts(updated=1)
    return tally


def _answer_values(data: AnswerData, departments: Mapping[str, int]) -> dict[str, Any]:
    texts = {f"{name}_{lang}": data.texts[name][n] for name in TEXTS for n, lang in enumerate(LANGUAGES)}
    return {
        **texts,
        "facts": "\n".join(data.french.facts),
        "related": "\n".join(data.french.related),
        "audiences": list(data.french.audiences),
        "owner_id": departments[data.french.owner],
        "review_on": data.french.review_date,
    }


def _current_digest(answer: models.Answer) -> str:
    """The digest of the answer as last edited, drafts included."""
    latest = answer.get_latest_revision_as_object()
    names = [f"{name}_{lang}" for name in TEXTS for lang in LANGUAGES]
    names += ["facts", "related", "audiences", "owner_id", "review_on"]
    values = {name: getattr(latest, name) for name in names}
    shorts = [(row.audience, (row.short_fr, row.short_en)) for row in latest.audience_variants.all()]
    return _digest(values, shorts)


def _digest(values: Mapping[str, Any], shorts: Iterable[tuple[str, tuple[str, str]]]) -> str:
    optional = {f"{name}_{lang}" for name in _ADDED_LATER for lang in LANGUAGES}
    content = {name: value for name, value in values.items() if value or name not in optional}
    written = json.dumps([content, sorted(shorts)], sort_keys=True, ensure_ascii=False, default=str)
    return sha256(written.encode()).hexdigest()


def _publish(answer: models.Answer, values: Mapping[str, Any], data: AnswerData) -> None:
    for name, value in values.items():
        setattr(answer, name, value)
    answer.loaded_hash = _digest(values, data.audience_shorts)
    answer.audience_variants = [
        models.AudienceVariant(audience=audience, short_fr=french, short_en=english)
        for audience, (french, english) in data.audience_shorts
    ]
    if answer.pk is None:
        answer.save()
    answer.save_revision(clean=False).publish(log_action=False)


# --- Words ---------------------------------------------------------------------------------------------------------


def _load_synonyms(synonyms: schemas.SynonymsData | None) -> UpsertCounts:
    wanted = [
        {"language": language, "word": word, "meaning": meaning}
        for language in LANGUAGES
        for word, meaning in (getattr(synonyms, language) if synonyms else {}).items()
    ]
    return sync_rows(models.Synonym.objects.all(), ("language", "word"), wanted, gone="leave")


def _load_danger(danger: schemas.DangerData | None) -> UpsertCounts:
    if danger is None:
        return UpsertCounts()
    lists = {
        f"{name}_{lang}": list(texts)
        for name, both in (("words", danger.words), ("examples", danger.examples), ("calm", danger.calm))
        for lang, texts in both.by_language.items()
    }
    return sync_rows(models.Danger.objects.all(), ("pk",), [columns(danger) | lists | {"pk": 1}], gone="delete")


# --- What is not ours, and what looks alike ------------------------------------------------------------------------


def _load_elsewhere(elsewhere: Sequence[schemas.ElsewhereData]) -> dict[str, UpsertCounts]:
    wanted = []
    for position, data in enumerate(elsewhere):
        body = {"body_fr": data.door.name.fr, "body_en": data.door.name.en}
        wanted.append(columns(data) | columns(data.door, "name") | body | {"position": position, "active": True})
    targets = sync_rows(models.OutOfScopeTopic.objects.all(), ("slug",), wanted, gone="deactivate")
    return {"elsewhere": targets, "elsewhere variants": _load_elsewhere_variants(elsewhere)}


def _load_elsewhere_variants(elsewhere: Sequence[schemas.ElsewhereData]) -> UpsertCounts:
    """Skips texts already confirmed in the product."""
    key = ("elsewhere_id", "language", "text")
    ids = dict(models.OutOfScopeTopic.objects.values_list("slug", "pk"))
    confirmed = set(models.OutOfScopeExample.objects.filter(from_town_file=False).values_list(*key))
    wanted = []
    for data in elsewhere:
        texts = [(language, text) for language, own in data.variants.by_language.items() for text in own]
        entries = [(ids[data.slug], language, text) for language, text in texts]
        rows = [dict(zip(key, entry, strict=True)) for entry in entries if entry not in confirmed]
        wanted += [row | {"from_town_file": True} for row in rows]
    return sync_rows(models.OutOfScopeExample.objects.filter(from_town_file=True), key, wanted, gone="delete")


def _load_siblings(siblings: Sequence[schemas.SiblingsData]) -> UpsertCounts:
    wanted = []
    for position, data in enumerate(siblings):
        choices = [{"slug": choice.subject, **choice.label.by_language} for choice in data.choices]
        wanted.append(columns(data) | {"choices": choices, "position": position})
    return sync_rows(models.DisambiguationGroup.objects.all(), ("name",), wanted, gone="delete")


# --- Guides --------------------------------------------------------------------------------------------------------


def _load_guides(guides: Sequence[GuideData]) -> UpsertCounts:
    subjects = dict(Subject.objects.values_list("slug", "pk"))
    wanted = [{"subject_id": subjects[guide.subject], "content": dict(guide.content)} for guide in guides]
    return sync_rows(models.Guide.objects.all(), ("subject_id",), wanted, gone="delete")
