"""What the engine is given to learn from, as the tables hold it: subjects, what is not ours, dangers, synonyms."""

import html
import platform
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from django.conf import settings
from django.utils.html import strip_tags

from parvis.apps.catalogue.models import Subject
from parvis.apps.content.models import Answer, Danger, DisambiguationGroup, OutOfScopeExample, OutOfScopeTopic, Synonym
from parvis.apps.content.queries import rendering
from parvis.apps.content.queries.snapshot import ExternalBody
from parvis.apps.content.rules import normalise
from parvis.apps.matching.rules import engine
from parvis.apps.matching.rules.danger.town_words import Dangers
from parvis.apps.matching.rules.encoder import Encoder
from parvis.apps.matching.rules.text import Synonyms
from parvis.apps.schedules.queries.provenance import Source
from parvis.lib.i18n.languages import LANGUAGES, Lang, clean, pick

NAME_WEIGHT, SUMMARY_WEIGHT, SHORT_WEIGHT, BODY_WEIGHT = 1.0, 0.6, 0.6, 0.5
TITLE_WEIGHT = 3.0  # a new answer is found by the words of its title before anybody has asked about it


TOLD = "!danger"  # the key of the examples of danger; a subject has no such slug

_UNTOLD: dict[Lang, str] = {"fr": "numéro à vérifier", "en": "number to be checked"}

LEAST_KEPT = 2000  # texts below which an index is made as quickly as it is read
_CODE = ("engine", "scoring", "grams", "lexicon", "example_features", "text", "encoder", "danger/town_words")


def fingerprint(targets: Sequence[engine.Target], synonyms: Synonyms, encoder: Encoder | None) -> str:
    """The name of the index that would be made of this and by this code; "" for one that is not worth keeping."""
    if sum(len(item.texts) for item in targets) < LEAST_KEPT:
        return ""
    made_of = sha256(_code())
    made_of.update((encoder.version() if encoder else "").encode())
    made_of.update(repr(sorted((lang, sorted(table.items())) for lang, table in synonyms.items())).encode())
    for element in targets:
        made_of.update(repr(element).encode())
    return made_of.hexdigest()


@lru_cache(maxsize=1)
def _code() -> bytes:
    here = Path(__file__).parent.parent / "rules"
    sources = b"".join((here / f"{name}.py").read_bytes() for name in _CODE) + Path(normalise.__file__).read_bytes()
    return sources + f"{np.__version__} {platform.python_version()}".encode()


@dataclass(frozen=True)
class Other:
    """What is not ours, in one language: what to say, and the door; its name is "" when there is none."""

    slug: str
    title: str
    say: str
    external_body: ExternalBody


@dataclass(frozen=True)
class Question:
    """What tells siblings apart, in one language: the question, and (label, slug) of each choice."""

    asks: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Warning_:
    """Words of immediate danger, and what to say before anything else."""

    says: Mapping[Lang, str]
    phone: str
    words: Dangers


def target(subject: Subject, answer: Answer | None, variants: Sequence[engine.Text]) -> engine.Target:
    """A subject, with how people ask about it and the words of its answer, which count less."""
    kind: engine.Kind = "both" if answer and subject.routable else "answer" if answer else "route"
    if answer is None and not subject.routable:
        kind = "none"
    texts = [*variants]
    for lang in LANGUAGES:
        name, title = getattr(subject, f"title_{lang}"), getattr(answer, f"title_{lang}", "")
        texts += [(lang, name, NAME_WEIGHT)] if name else []
        texts += [(lang, title, TITLE_WEIGHT)] if title not in ("", name) else []
        if summary := getattr(answer, f"summary_{lang}", ""):
            texts.append((lang, summary, SUMMARY_WEIGHT))
        texts += [(lang, words, SHORT_WEIGHT) for words in _passages(getattr(answer, f"short_{lang}", ""))]
        texts += [(lang, words, BODY_WEIGHT) for words in _passages(getattr(answer, f"body_{lang}", ""))]
    return engine.Target(subject.slug, kind, tuple(texts))


def _passages(text: str) -> list[str]:
    """The paragraphs of a text, HTML or plain, without marks and without the places of facts."""
    parts = re.split(r"</(?:p|li|h2|h3)>|\n", re.sub(r"\{fact:[^}]*\}", " ", text))
    return [words for part in parts if (words := html.unescape(strip_tags(part)).strip())]


def synonyms() -> dict[Lang, dict[str, str]]:
    """The town's synonyms, by language."""
    table: dict[Lang, dict[str, str]] = {lang: {} for lang in LANGUAGES}
    for row in Synonym.objects.order_by("pk"):
        table[clean(row.language)][row.word] = row.meaning
    return table


def warning(row: Danger) -> Warning_:
    """The words of danger of one row, and what to say."""
    words = Dangers({"fr": row.words_fr, "en": row.words_en})
    return Warning_({lang: pick(row, "say", lang) for lang in LANGUAGES}, row.phone, words)


def told(rows: Iterable[Danger]) -> list[engine.Target]:
    """What tells of a danger, and what only sounds like it, as targets of their own; a subject has no such slug."""
    kinds: list[tuple[engine.Kind, str]] = [("danger", "examples"), ("calm", "calm")]
    result, every = [], list(rows)
    for kind, name in kinds:
        texts = [(lang, text, 1.0) for row in every for lang in LANGUAGES for text in getattr(row, f"{name}_{lang}")]
        result += [engine.Target(TOLD if kind == "danger" else f"!{kind}", kind, tuple(texts))] if texts else []
    return result


def elsewhere(rows: Mapping[str, OutOfScopeTopic], extra: Sequence[tuple[str, str, str]] = ()) -> list[engine.Target]:
    """What is not ours, by slug, with how people ask about it, and `extra` ways of asking to try; one query."""
    texts: dict[str, list[engine.Text]] = {
        slug: [(lang, pick(row, "title", lang), NAME_WEIGHT) for lang in LANGUAGES] for slug, row in rows.items()
    }
    asked = OutOfScopeExample.objects.order_by("pk").values_list("elsewhere__slug", "language", "text")
    for slug, language, text in [*asked, *extra]:
        if slug in texts:
            texts[slug].append((language, text, 1.0))
    return [engine.Target(slug, "none", tuple(own)) for slug, own in texts.items()]


def other(row: OutOfScopeTopic, lang: Lang) -> Other:
    """What is not ours, as it is told in one language."""
    phone, doubt = row.phone, ""
    if row.phone and row.verified_on is None:
        phone = row.phone if settings.PARVIS_DEMO else ""
        doubt = rendering.MARKS[rendering.FactStatus.UNVERIFIED][lang] if phone else _UNTOLD[lang]
    sources = (Source(row.source_title, row.source_url, row.verified_on),) if row.source_title else ()
    where = ExternalBody(pick(row, "body", lang), phone, row.url, doubt, sources)
    return Other(row.slug, pick(row, "title", lang), pick(row, "say", lang), where)


def questions(known: Collection[str]) -> dict[Lang, tuple[Question, ...]]:
    """The groups of siblings; a choice whose subject is not known is left out, and a group of which one is left."""
    rows = list(DisambiguationGroup.objects.all())
    result: dict[Lang, tuple[Question, ...]] = {}
    for lang in LANGUAGES:
        groups = [
            Question(
                pick(row, "question", lang),
                tuple((choice[lang], choice["slug"]) for choice in row.choices if choice["slug"] in known),
            )
            for row in rows
        ]
        result[lang] = tuple(group for group in groups if len({slug for _, slug in group.choices}) > 1)
    return result
