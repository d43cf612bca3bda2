"""The entries of facts.yaml, answers/*.md, dangers.yaml, elsewhere.yaml, siblings.yaml and synonyms.yaml."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any

import markdown
from pydantic import BeforeValidator, Field

from parvis.apps.catalogue.models import Audience
from parvis.apps.catalogue.schemas import VariantsData
from parvis.apps.content.models import Fact
from parvis.apps.content.rules import phrases, values, verdicts
from parvis.apps.directory.schemas import DepartmentName
from parvis.apps.places.schemas import SectorName
from parvis.lib.i18n.languages import LANGUAGES
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names

MOST_FACTS = 6
FOLLOWED = {
    "season.title": "text",
    "season.residents_day": "date",
    "season.everyone_day": "date",
    "season.residents_hour": "time",
}
"""What a fact may follow instead of having a value: what the product itself keeps, and the type of its value."""
_ITS_OWN = {"value", "unit", "source", "valid_from", "valid_to", "verified_on", "verified_by", "example", "area"}
_NUMBERS = ("length", "area", "percent")

Facts = Annotated[f.Several, f.Known("fact")]


def text_mistakes(texts: Iterable[str], known: Names) -> Iterator[Mistake]:
    """Unknown or broken references to facts, and values typed in the texts."""
    all_texts = list(texts)
    for key in phrases.fact_keys(all_texts):
        if key not in known.get("fact", (key,)):
            yield Mistake(f"{{fact:{key}}} names an unknown fact")
    for text in all_texts:
        for broken in phrases.broken_references(text):
            yield Mistake(f"{broken!r} is no reference to a fact; write {{fact:key}}")
        for typed in phrases.typed_values(text):
            yield Mistake(f"{typed!r} is typed in the text: make it a fact and write {{fact:key}}")


# --- Facts ---------------------------------------------------------------------------------------------------------


class FactData(Entry, named_by="key", noun="fact"):
    """One dated, sourced value; `owner` and `area` (or "") are slugs.

    One that `follows` something of the product has no value, source or day of its own.
    """

    key: f.Slug
    label: Annotated[f.Both, f.Most(160)]
    kind: Annotated[f.Text, f.OneOf(Fact.Kind.values)] = Field(alias="type")
    value: Any = None
    follows: Annotated[f.Text, f.OneOf(tuple(FOLLOWED))] = ""
    unit: Annotated[f.Text, f.Most(40)] = ""
    source: f.OptionalSource = f.OptionalSource()
    valid_from: f.Day | None = None
    valid_to: f.Day | None = None
    verified_on: f.Day | None = None
    verified_by: Annotated[f.Text, f.Most(120)] = ""
    example: f.Flag = False
    owner: DepartmentName
    area: SectorName = ""

    @property
    def identity(self) -> str:
        return f"{self.key} ({self.area})" if self.area else self.key

    @property
    def stored(self) -> Any:
        """The value in the stored form of `Fact`."""
        if self.kind == "text":
            return {lang: self.value[lang].strip() for lang in LANGUAGES}
        return self.value.isoformat() if isinstance(self.value, date) else self.value

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A value that is not of its type, or that is typed beside what it follows; an end before the beginning."""
        if self.follows:
            if self.kind != FOLLOWED[self.follows]:
                yield Mistake(f"what it follows is of type {FOLLOWED[self.follows]}, not {self.kind}")
            if self.model_fields_set & _ITS_OWN:
                yield Mistake("a fact that follows something has no value, source, day or area of its own")
            return
        for name in ("value", "source"):
            if name not in self.model_fields_set:
                yield Mistake(f"{name!r} is missing")
                return
        if not self.source.title:
            yield Mistake("'title' is missing", ("source",))
        if wrong := _wrong_value(self):
            yield Mistake(wrong)
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            yield Mistake(f"'valid_to' ({self.valid_to}) comes before 'valid_from' ({self.valid_from})")


def _wrong_value(fact: FactData) -> str:
    kind, value = fact.kind, fact.value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    of_type = f"a value of type {kind} must"
    if kind == "text":
        bilingual = isinstance(value, Mapping) and set(value) == set(LANGUAGES)
        valid = bilingual and all(isinstance(text, str) and text.strip() for text in value.values())
        return "" if valid else "'value' must give fr and en, and nothing else"
    if kind in ("money", "count") and not (number and isinstance(value, int)):
        what = "whole cents (12,50 $ is 1250)" if kind == "money" else "a whole number"
        return f"{of_type} be {what}, not {value!r}"
    if kind in _NUMBERS and not number:
        return f"{of_type} be a number, not {value!r}"
    if kind in ("time", "date", "phone") and not isinstance(value, str | date):
        return f"{of_type} be written in quotes, not {value!r}"
    if kind in ("list", "hours") and not _are_lists(value):
        return f"{of_type} give a list of texts in fr and in en"
    try:
        for lang in LANGUAGES:
            values.shown(kind, fact.stored, lang)
    except values.Unreadable:
        return f"{fact.stored!r} is no value of type {kind}"
    return ""


def _are_lists(value: object) -> bool:
    if not isinstance(value, Mapping) or set(value) != set(LANGUAGES):
        return False
    return all(isinstance(texts, list) and texts and all(isinstance(t, str) for t in texts) for texts in value.values())


# --- Answers -------------------------------------------------------------------------------------------------------


class StepData(Entry, named_by="title"):
    """One step of what someone does."""

    title: f.Text
    text: f.Text = ""

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A title that contains the separator of stored steps."""
        if "|" in self.title:
            yield Mistake("'title' may not hold '|'")


class LinkData(Entry, named_by="label"):
    """An address to give beside an answer."""

    label: f.Text
    url: f.Text = ""

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A label that contains the separator of stored links."""
        if "|" in self.label:
            yield Mistake("'label' may not hold '|'")


class ShortData(Entry):
    """What is said aloud to an audience, when it differs."""

    short: f.Text


class AnswerFile(Entry):
    """The fields of one file of an answer, and its text in Markdown under `body`."""

    title: Annotated[f.Text, f.Most(160)]
    short: f.Text
    summary: Annotated[f.Text, f.Most(200)]
    body: f.Text = ""
    steps: tuple[StepData, ...] = ()
    documents: f.Several = ()
    fees: f.Several = ()
    ask: f.Several = ()
    do_not_say: f.Several = ()
    pass_on: f.Several = ()
    yes_to: f.Several = ()
    no_to: f.Several = ()
    links: tuple[LinkData, ...] = ()
    variants_by_audience: dict[str, ShortData] = {}
    facts: Facts = ()

    @property
    def texts(self) -> dict[str, str]:
        """Each text in the stored form (`loading.TEXTS`)."""
        lists = {"avoid": self.do_not_say}
        lists |= {name: getattr(self, name) for name in ("documents", "fees", "ask", "pass_on", "yes_to", "no_to")}
        return {
            "title": self.title,
            "short": _one_line(self.short),
            "summary": self.summary,
            "body": to_rich_text(self.body),
            "steps": "\n".join(_pair(step.title, step.text) for step in self.steps),
            "links": "\n".join(_pair(link.label, link.url) for link in self.links),
            **{name: "\n".join(map(_one_line, lines)) for name, lines in lists.items()},
        }

    @property
    def shorts(self) -> dict[str, str]:
        """The short text of each audience."""
        return {audience: _one_line(variant.short) for audience, variant in self.variants_by_audience.items()}

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Mistakes of the texts, unknown audiences, and yes and no questions that cannot be told apart."""
        for audience in self.variants_by_audience:
            if audience not in Audience.values:
                words = f"{audience!r} is no audience: use {', '.join(Audience.values)}"
                yield Mistake(words, ("variants_by_audience",))
        texts = self.texts
        checked = [text for name, text in texts.items() if name != "links"]
        yield from text_mistakes([*checked, *self.shorts.values()], known)
        yes_to, no_to = texts["yes_to"].splitlines(), texts["no_to"].splitlines()
        for question in verdicts.unreadable([*yes_to, *no_to]):
            yield Mistake(f"{question!r} is no question that can be recognised: write it with a question mark")
        for question in verdicts.contradicted(yes_to, no_to):
            yield Mistake(f"{question!r} is answered both by yes and by no")
        if any(verdicts.begins_with_verdict(short) for short in (texts["short"], *self.shorts.values())):
            yield Mistake(
                "'short' begins with a yes or a no, told to every question: list its questions in 'yes_to' or 'no_to'"
            )


class FrenchAnswerFile(AnswerFile):
    """The French file also says who looks after the answer, and what goes with it."""

    related: Annotated[f.Several, f.Known("subject")] = ()
    audiences: Annotated[f.Several, f.OneOf(Audience.values)] = ()
    owner: DepartmentName
    review_date: f.Day

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Too many facts shown."""
        yield from super().mistakes(known)
        if len(self.facts) > MOST_FACTS:
            yield Mistake(f"'facts' names {len(self.facts)} facts: at most {MOST_FACTS} are shown")


def _pair(left: str, right: str) -> str:
    first, second = _one_line(left), _one_line(right)
    return f"{first} | {second}" if second else first


def _one_line(text: str) -> str:
    """The text on one line, keeping the no-break spaces of French typography (`str.split` would lose them)."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip()


def to_rich_text(body: str) -> str:
    """Markdown converted to the editor's stored rich text."""
    html = markdown.markdown(body, output_format="html")
    for tag, stored_tag in (("strong>", "b>"), ("em>", "i>")):
        html = html.replace(f"<{tag}", f"<{stored_tag}").replace(f"</{tag}", f"</{stored_tag}")
    return html


# --- Words, and what is not ours -----------------------------------------------------------------------------------


class DangerData(Entry):
    """Words of immediate danger, messages that tell one or only sound like it, what to say first, whom to call."""

    words: f.Lists = f.Lists()
    examples: f.Lists = f.Lists()
    calm: f.Lists = f.Lists()
    say: f.Both
    phone: f.Phone = "911"


Meanings = dict[Annotated[str, BeforeValidator(str)], Annotated[f.Text, f.Most(60)]]


class SynonymsData(Entry):
    """By language, a word that people use, and the word that the answers use."""

    fr: Meanings = {}
    en: Meanings = {}


class DoorData(Entry):
    """Whose it is, and how to reach them; where that was read, and when it was last checked."""

    name: Annotated[f.Both, f.Most(160)] = f.NOTHING
    phone: f.Phone = ""
    url: f.Url = ""
    source: f.OptionalSource = f.OptionalSource()
    verified_on: f.Day | None = None

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A name without a phone or a page, or the reverse, and a check without a source."""
        if self.name.fr and not self.phone and not self.url:
            yield Mistake("'phone' or 'url' is missing: a name alone is no door")
        if self.verified_on and not self.source.title:
            yield Mistake("'source' is missing: it says where the door was checked")
        if (self.phone or self.url) and not self.name.fr:
            yield Mistake("'name' is missing")


class ElsewhereData(Entry, named_by="slug", noun="target"):
    """What belongs to somebody else: what to say, the door (its name empty when there is none), the ways people ask."""

    slug: f.Slug
    title: Annotated[f.Both, f.Most(160)]
    say: f.Both
    door: DoorData = DoorData()
    variants: VariantsData = VariantsData()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A slug that is already a subject."""
        if self.slug in known.get("subject", ()):
            yield Mistake(f"{self.slug!r} is already the name of a subject")


class SiblingData(Entry, named_by="subject"):
    """One of the subjects that look alike."""

    subject: Annotated[f.Text, f.Known("subject")]
    label: Annotated[f.Both, f.Most(120)]


class SiblingsData(Entry, named_by="name", noun="group of siblings"):
    """Subjects that one question tells apart."""

    name: f.Slug
    question: Annotated[f.Both, f.Most(200)]
    choices: tuple[SiblingData, ...] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Fewer than two subjects to choose between."""
        if len({choice.subject for choice in self.choices}) < 2:
            yield Mistake("'choices' must lead to two subjects at least")
