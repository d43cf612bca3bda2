"""Renders an answer for a reader: facts substituted, in the reader's language, and no unverified value told as true.

No database: `queries.render` fetches the facts.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256

import nh3
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from parvis.apps.content.models import TEXTS, Answer, Fact
from parvis.apps.content.rules import values, verdicts
from parvis.apps.content.rules.advisory import Advisory
from parvis.apps.content.rules.phrases import FACT, fact_keys
from parvis.lib.i18n.languages import LANGUAGES, Lang, clean, pick

_TAGS = {"h2", "h3", "h4", "p", "br", "ul", "ol", "li", "b", "strong", "i", "em", "a", "blockquote"}
_MARKUP = re.compile(r'<[^<>"]*(?:"[^"]*"[^<>"]*)*>')
_BLOCK = re.compile(r"</?(?:p|li|h\d|br|ul|ol|blockquote)\b")
_SENTENCE_END = re.compile(r"(?:^|[.!?]|\n)[\s\u00a0]*$")

TO_CHECK: dict[Lang, str] = {"fr": "à vérifier", "en": "to be checked"}


class FactStatus(StrEnum):
    """Whether a fact may be told, and why not."""

    OK = "ok"
    EXAMPLE = "example"
    UNVERIFIED = "unverified"
    LAPSED = "lapsed"
    MISSING = "missing"


MARKS: dict[FactStatus, dict[Lang, str]] = {
    FactStatus.EXAMPLE: {"fr": "exemple", "en": "example"},
    FactStatus.UNVERIFIED: {"fr": "à confirmer", "en": "to be confirmed"},
}


@dataclass(frozen=True)
class Words:
    """One text, plain and as HTML, with its actual language (French when the English is missing)."""

    plain: str
    html: SafeString
    lang: Lang = "fr"

    def __str__(self) -> str:
        return self.plain

    def __bool__(self) -> bool:
        return bool(self.plain)


@dataclass(frozen=True)
class ShownFact:
    """A fact as the reader may see it. `shown` is its value when `told`, otherwise "à vérifier"."""

    key: str
    label: str
    shown: str
    status: FactStatus
    told: bool
    mark: str = ""
    source: str = ""
    source_url: str = ""
    valid_to: date | None = None
    verified_on: date | None = None
    id: int | None = None
    owner: str = ""

    @property
    def state(self) -> str:
        """The design system's state: "lapsed" without a value, "sample" with a mark, "" otherwise."""
        return ("sample" if self.mark else "") if self.told else "lapsed"

    @property
    def value(self) -> str:
        """The name by which the design system's grid reads `shown`."""
        return self.shown

    @property
    def note(self) -> str:
        """The source, when the value is told without a mark."""
        return self.source if self.told and not self.mark else ""

    @property
    def as_given(self) -> dict[str, object]:
        """The entry of `Given.facts`."""
        return {"id": self.id, "key": self.key, "status": self.status.value, "shown": self.shown}


@dataclass(frozen=True)
class Step:
    """One step to follow."""

    title: Words
    text: Words


@dataclass(frozen=True)
class Link:
    """A link to another page."""

    label: str
    url: str


@dataclass(frozen=True)
class Rendered:
    """An answer for one reader. `facts` is the grid; `used` lists every fact of the grid and the texts, each once.

    `short` never begins with yes or no: `answering.with_verdict` adds it for a question of `yes_to` or `no_to`, which
    hold both languages. It begins with the `advisories` in force (`queries.advisories`). `pieces` caches the fragments
    that a surface builds from it.
    """

    slug: str
    lang: Lang
    title: str
    summary: str
    short: Words
    body_html: SafeString
    steps: list[Step]
    documents: list[Words]
    fees: list[Words]
    ask: list[Words]
    avoid: list[Words]
    pass_on: list[Words]
    links: list[Link]
    facts: list[ShownFact]
    used: list[ShownFact]
    related: list[str]
    owner: str
    review_on: date | None
    audiences: list[str]
    revision_id: int | None
    answer_id: int | None
    published_on: date | None
    missing_translation: bool
    yes_to: tuple[str, ...] = ()
    no_to: tuple[str, ...] = ()
    verdict: str = ""
    advisories: tuple[Advisory, ...] = ()
    stamp: str = field(default="", compare=False)
    pieces: dict[str, SafeString] = field(default_factory=dict, compare=False, repr=False)

    @property
    def given_facts(self) -> list[dict[str, object]]:
        """The fact versions behind the answer, for `Given.facts`."""
        return [fact.as_given for fact in self.used]

    @property
    def to_check(self) -> list[ShownFact]:
        """The facts whose value is not told."""
        return [fact for fact in self.used if not fact.told]


def status_of(fact: Fact | None, today: date) -> FactStatus:
    """The status of a version of a fact on that day. An expired example is LAPSED."""
    if fact is None or (fact.valid_from and fact.valid_from > today):
        return FactStatus.MISSING
    if fact.valid_to and fact.valid_to < today:
        return FactStatus.LAPSED
    if fact.example:
        return FactStatus.EXAMPLE
    return FactStatus.OK if fact.verified_on else FactStatus.UNVERIFIED


def is_told(status: FactStatus, *, demo: bool) -> bool:
    """Whether the value may be shown: only when verified and current; in demonstrations also marked examples."""
    return status == FactStatus.OK or (demo and status in MARKS)


def show_fact(key: str, fact: Fact | None, lang: str, *, demo: bool, today: date) -> ShownFact:
    """A fact for one reader; an unreadable value counts as missing."""
    code = clean(lang)
    status = status_of(fact, today)
    shown, told = TO_CHECK[code], is_told(status, demo=demo)
    if fact is not None and told:
        try:
            shown = values.shown(fact.kind, fact.value, code, fact.unit)
        except values.Unreadable:
            status, told = FactStatus.MISSING, False
    mark = MARKS.get(status, {}).get(code, "") if told else ""
    if fact is None:
        return ShownFact(key, key, shown, status, told)
    source = fact.source_title, fact.source_url, fact.valid_to, fact.verified_on
    label, owner = pick(fact, "label", code), pick(fact.owner, "name", code)
    return ShownFact(key, label, shown, status, told, mark, *source, fact.pk, owner)


@dataclass
class _Reader:
    """Renders the texts of one answer and collects the facts used."""

    known: Mapping[str, Fact]
    lang: Lang
    demo: bool
    today: date
    used: dict[str, ShownFact] = field(default_factory=dict)

    def fact(self, key: str, lang: Lang | None = None) -> ShownFact:
        shown = show_fact(key, self.known.get(key), lang or self.lang, demo=self.demo, today=self.today)
        if key not in self.used or lang in (None, self.lang):
            self.used[key] = shown
        return shown

    def words(self, text: str, lang: Lang) -> Words:
        html = self._html(str(escape(text)), lang)
        return Words(self.plain(text, lang), mark_safe(html), lang)  # noqa: S308

    def plain(self, text: str, lang: Lang) -> str:
        def replace(match: re.Match[str]) -> str:
            fact, shown = self._value(match, lang)
            return f"{shown} ({fact.mark})" if fact.mark else shown

        return FACT.sub(replace, text)

    def rich(self, html: str, lang: Lang) -> SafeString:
        safe = nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, link_rel="noopener")
        out, start, before = [], 0, ""
        for tag in _MARKUP.finditer(safe):
            out += [self._html(safe[start : tag.start()], lang, before), tag[0]]
            before = "" if _BLOCK.match(tag[0]) else before + safe[start : tag.start()]
            start = tag.end()
        out.append(self._html(safe[start:], lang, before))
        return mark_safe("".join(out))  # noqa: S308

    def _html(self, text: str, lang: Lang, before: str = "") -> str:
        """The HTML text with its facts; `before` is the text of the same block before it."""

        def replace(match: re.Match[str]) -> str:
            fact, shown = self._value(match, lang, before)
            if not fact.told:
                return f'<b class="to-check">{escape(shown)}</b>'
            mark = f' <span class="tag sample">{fact.mark}</span>' if fact.mark else ""
            return f"<b>{escape(shown)}</b>{mark}"

        return FACT.sub(replace, text)

    def _value(self, match: re.Match[str], lang: Lang, before: str = "") -> tuple[ShownFact, str]:
        fact = self.fact(match[1], lang)
        after = "" if fact.mark else match.string[match.end() :]
        return fact, _fitted(fact.shown, before + match.string[: match.start()], after)


def _fitted(shown: str, before: str, after: str) -> str:
    """The value capitalised at the start of a sentence, and without its final stop before another stop."""
    text = shown[:1].upper() + shown[1:] if _SENTENCE_END.search(before) else shown
    return text.removesuffix(".") if after.startswith(".") else text


def plain_text(text: str, known: Mapping[str, Fact], lang: str, *, demo: bool, today: date) -> str:
    """One text with its facts substituted."""
    code = clean(lang)
    return _Reader(known, code, demo, today).plain(text, code)


def lines(text: str) -> list[str]:
    """The items of a text written one per line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def pairs(text: str) -> list[tuple[str, str]]:
    """The items of a text written one per line as "left | right"; the right side may be missing."""
    return [(left.strip(), right.strip()) for left, _bar, right in (line.partition("|") for line in lines(text))]


def texts_of(answer: Answer) -> list[str]:
    """Every text of an answer that may refer to a fact, in both languages and for all audiences."""
    texts = [getattr(answer, f"{name}_{lang}") for name in TEXTS for lang in ("fr", "en")]
    texts += [text for row in answer.audience_variants.all() for text in (row.short_fr, row.short_en)]
    return [str(text or "") for text in texts]


def keys_of(answer: Answer) -> list[str]:
    """The keys of every fact that an answer shows or refers to."""
    return list(dict.fromkeys([*lines(answer.facts), *fact_keys(texts_of(answer))]))


def render(
    answer: Answer, known: Mapping[str, Fact], lang: str,
    *, audience: str, demo: bool, today: date, as_written: bool = False,
) -> Rendered:  # fmt: skip
    """The answer for one reader; `known` holds the version of each fact in force that day.

    A text without English is given in French, facts included, and its `Words.lang` says so. A leading yes or no of the
    short text is dropped unless `as_written`.
    """
    code = clean(lang)
    reader = _Reader(known, code, demo, today)
    grid = [reader.fact(key) for key in lines(answer.facts)]

    def text(name: str, owner: object = answer) -> tuple[str, Lang]:
        own = str(getattr(owner, f"{name}_{code}") or "")
        return (own, code) if own else (pick(owner, name, "fr"), "fr")

    def items(name: str) -> list[Words]:
        whole, language = text(name)
        return [reader.words(line, language) for line in lines(whole)]

    def sentence(name: str) -> str:
        return reader.plain(*text(name))

    variant = next((row for row in answer.audience_variants.all() if row.audience == audience), None)
    written, short_lang = text("short", variant or answer)
    short = reader.words(written if as_written else verdicts.without_verdict(written), short_lang)
    steps, steps_lang = text("steps")
    parts = {
        "title": sentence("title"),
        "summary": sentence("summary"),
        "short": short,
        "body_html": reader.rich(*text("body")),
        "steps": [Step(reader.words(a, steps_lang), reader.words(b, steps_lang)) for a, b in pairs(steps)],
        **{name: items(name) for name in ("documents", "fees", "ask", "avoid", "pass_on")},
        "links": [Link(label, url or label) for label, url in pairs(text("links")[0])],
        **_settled(answer, told=variant is None and all(reader.used[key].told for key in fact_keys([written]))),
    }
    published = answer.last_published_at
    return Rendered(
        **parts,  # type: ignore[arg-type]
        slug=answer.subject.slug,
        lang=code,
        facts=grid,
        used=list(reader.used.values()),
        related=lines(answer.related),
        owner=pick(answer.owner, "name", code) if answer.owner_id else "",
        review_on=answer.review_on,
        audiences=list(answer.audiences or []),
        revision_id=answer.live_revision_id,
        answer_id=answer.pk,
        published_on=timezone.localdate(published) if published else None,
        missing_translation=short.lang != code,
        stamp=_stamp(parts, reader.used.values()),
    )


def _settled(answer: Answer, *, told: bool) -> dict[str, tuple[str, ...]]:
    """The questions that the answer settles, in both languages; none for an audience's own words or untold facts."""
    names = ("yes_to", "no_to") if told else ()
    return {
        name: tuple(line for lang in LANGUAGES for line in lines(getattr(answer, f"{name}_{lang}"))) for name in names
    }


def _stamp(parts: Mapping[str, object], facts: Iterable[ShownFact]) -> str:
    """A digest of everything the reader sees, for open screens to detect changes."""
    content = repr((sorted(parts.items()), [(fact.key, fact.shown, fact.status.value, fact.label) for fact in facts]))
    return sha256(content.encode()).hexdigest()[:16]
