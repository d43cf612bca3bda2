"""What words are about: the subjects proposed as someone types, the question decided for every channel."""

import re
from dataclasses import dataclass, replace

from parvis.apps.content.queries import answering
from parvis.apps.content.queries.answers import published
from parvis.apps.content.queries.rendering import Rendered
from parvis.apps.content.queries.snapshot import SubjectCard, contents
from parvis.apps.matching.queries.alarm import Danger, alarm, leaning, plain_alarm
from parvis.apps.matching.queries.asking import LONGEST, Resolution, about_of, ask, clarify_between, search
from parvis.apps.matching.queries.matcher import matchers
from parvis.apps.matching.queries.suggestions import POSSIBLE, SURE, SuggestedSubject, Suggestion
from parvis.apps.matching.queries.targets import Other
from parvis.apps.matching.rules.engine import Hit
from parvis.apps.matching.rules.split_questions import split_questions
from parvis.apps.matching.rules.text import guess_language
from parvis.apps.matching.rules.water_words import asks_about_water
from parvis.lib.i18n.languages import clean

MOST_OTHERS = 6  # hits that are not ours and may stand among those looked for
MEANT = 400  # characters of a message whose meaning is weighed for a danger
MOST_HEARD = 40_000  # characters of a message whose words are
_WRAPPED = re.compile(r"(?<!\n)\n(?!\n)")


@dataclass(frozen=True)
class Part:
    """One of several questions: its words, the title of what it is about, and the subject's slug, "" when not ours."""

    words: str
    title: str
    slug: str


def with_verdict(answer: Rendered, text: str) -> Rendered:
    """The answer as it is said to those words: its yes or its no first when they ask a question that it settles."""
    return answering.with_verdict(answer, about_of(text))


def verdict_of(slug: str, text: str, lang: str, audience: str = "resident") -> str:
    """The verdict that the answer on a subject begins with when it is said to those words: "yes", "no", or "". No query
    save that of `search`.
    """
    answer = published(slug, lang, audience)
    return with_verdict(answer, text).verdict if answer else ""


def suggest(
    text: str, lang: str | None = None, limit: int = 8, *, asked_in: str | None = None, nobody_in_danger: bool = False
) -> Suggestion:
    """The subjects that these words may be about, best first; no words find nothing. `lang`: the reader's language;
    without it, the language that the words are in. `asked_in`: the language of `clarify`, when it is another.
    `nobody_in_danger`: whoever wrote them says so; a danger that they tell is a caution then.
    """
    matcher = matchers.current()
    result = search(matcher, text, lang, limit + MOST_OTHERS)
    read = clean(lang) if lang else result.lang
    ours = [hit for hit in result.hits if (hit.key, read) in matcher.content.cards]
    told = alarm(matcher.warnings, matcher.index, result.danger_share, text, read)
    danger = None if nobody_in_danger else told.danger
    best = result.hits[0] if result.hits and result.hits[0].confidence >= POSSIBLE and not danger else None
    other = matcher.others.get((best.key, read)) if best else None
    asks = clean(asked_in) if asked_in else read
    clarify = clarify_between(matcher, result, asks) if best and ours and best is ours[0] else None
    theirs = other is not None and best is not None and best.confidence >= SURE
    water = not danger and not theirs and asks_about_water(text)
    other = None if water else other
    return Suggestion(
        tuple(_hit(matcher.content.cards[hit.key, read], hit) for hit in ours[: max(limit, 0)]),
        result.understood,
        danger,
        read,
        matcher.content.version[0],
        other,
        clarify if clarify and clarify.siblings and not water else None,
        best.confidence if best and other else 0.0,
        water,
        told.caution or (told.danger is not None and danger is None),
    )


def plain_danger(text: str) -> Danger | None:
    """The danger that the words say plainly, in their language, without the examples nor the encoder. `suggest` finds
    those too, and the dangers told in passing. No query.
    """
    return plain_alarm(matchers.current().warnings, text, guess_language(text)).danger


def danger_in(text: str) -> Danger | None:
    """The danger that a message of any length tells: by its words wherever they are (in its first MOST_HEARD
    characters), by its meaning in its first MEANT. In its own language. No query.
    """
    matcher = matchers.current()
    read, lang = _WRAPPED.sub(" ", text[:MOST_HEARD]), guess_language(text)
    told: list[Danger] = []
    start = 0
    while start < len(read):
        passage = _passage(read, start)
        if danger := plain_alarm(matcher.warnings, passage, lang).danger:
            told.append(replace(danger, places=tuple((start + a, start + b) for a, b in danger.places)))
        start += len(passage)
    beginning = read[:MEANT]
    if not told and beginning.strip():
        share = search(matcher, beginning, None, 1).danger_share
        if danger := alarm(matcher.warnings, matcher.index, share, beginning, lang).danger:
            told.append(danger)
    if not told:
        return None
    places = tuple(place for danger in told for place in danger.places)
    places = places or leaning(matcher.warnings, matcher.index, beginning)
    return replace(told[0], lines=tuple(dict.fromkeys(line for each in told for line in each.lines)), places=places)


def _passage(text: str, start: int) -> str:
    """The text from `start`, as much of it as is read at once, cut between two words."""
    passage = text[start : start + LONGEST]
    end = passage.rfind(" ") + 1 if start + LONGEST < len(text) else 0
    return passage[:end] if end else passage


def parts_of(text: str, lang: str | None = None) -> tuple[Part, ...]:
    """The questions that stand in one message, each with the subject it is surely about; none when it asks one thing.

    No query. A message that says nothing of a second question costs nothing.
    """
    if len(split_questions(text[:LONGEST])) < 2:  # noqa: PLR2004
        return ()
    return tuple(
        Part(
            part.text,
            _title(part, lang or part.lang),
            part.topics[0].slug if part.topics and not (part.other or part.water) else "",
        )
        for part in ask(text, lang).parts
    )


def _title(part: Resolution, lang: str) -> str:
    if part.water:
        return part.water.title
    return part.other.title if part.other else title_of(part.topics[0].slug, lang)


def other_of(suggestion: Suggestion, lang: str) -> Other | None:
    """Whose it is, in the reader's language, when a search found that it is most likely not ours; no query."""
    return matchers.current().others.get((suggestion.other.slug, clean(lang))) if suggestion.other else None


def title_of(slug: str, lang: str) -> str:
    """The title of what a search found, ours or somebody else's; "" for neither. No query."""
    matcher, code = matchers.current(), clean(lang)
    result = matcher.content.cards.get((slug, code)) or matcher.others.get((slug, code))
    return result.title if result else ""


def nearest_of(text: str, slug: str) -> tuple[str, ...]:
    """The ways of asking about a subject that come closest to these words, the closest first; no query."""
    matcher = matchers.current()
    return matcher.index.nearest(text, slug) if (slug, "fr") in matcher.content.cards and text.strip() else ()


def forget() -> None:
    """Let go of what this process keeps; the next search reads everything again."""
    contents.clear()
    matchers.clear()


def siblings_of(slug: str) -> set[str]:
    """The subjects that words alone often cannot tell from that one; no query most of the time."""
    groups = ({slug for _, slug in question.choices} for question in matchers.current().questions.get("fr", ()))
    return {other for group in groups if slug in group for other in group} - {slug}


def _hit(shown: SubjectCard, hit: Hit) -> SuggestedSubject:
    return SuggestedSubject(
        slug=shown.slug,
        title=shown.title,
        summary=shown.summary,
        kind=shown.kind,
        department=shown.department,
        promise_words=shown.promise_words,
        confidence=hit.confidence,
        matched=hit.matched,
        lapsed_facts=shown.lapsed_facts,
        routable=shown.routable,
        urgent=shown.urgent,
        nature=shown.nature,
        icon=shown.icon,
        external_body=shown.external_body,
    )
