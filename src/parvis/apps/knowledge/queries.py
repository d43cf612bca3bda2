"""Questions asked of what the town says: the answer on a subject, made ready for a reader; the subjects that words
are about; the facts in force.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from parvis.apps.knowledge import answering, rendering
from parvis.apps.knowledge.alarm import Danger, alarm
from parvis.apps.knowledge.asking import LONGEST, Clarify, Resolution, about_of, ask, clarify_between, rendered, search
from parvis.apps.knowledge.engine import Hit
from parvis.apps.knowledge.facts import areas_of, facts_for
from parvis.apps.knowledge.models import Answer, Fact, Usefulness
from parvis.apps.knowledge.rendering import Rendered, ShownFact
from parvis.apps.knowledge.snapshot import Family, NextDate, SubjectCard, content_version_now, facts_current, snapshots
from parvis.apps.knowledge.split_questions import split_questions
from parvis.apps.knowledge.suggestions import POSSIBLE, SURE, TELLABLE, SuggestedSubject, Suggestion
from parvis.apps.knowledge.targets import ExternalBody, Other
from parvis.apps.knowledge.water import WaterAnswer, water_answer
from parvis.apps.knowledge.water_words import asks_about_water
from parvis.apps.places.models import Address
from parvis.lib import clock
from parvis.lib.languages import clean

__all__ = [
    "POSSIBLE",
    "SURE",
    "TELLABLE",
    "Resolution",
    "Clarify",
    "Danger",
    "ExternalBody",
    "Family",
    "NextDate",
    "Opinions",
    "Other",
    "Part",
    "SuggestedSubject",
    "Suggestion",
    "WaterAnswer",
    "ask",
    "audiences_of",
    "card",
    "current_answer",
    "differs_by_area",
    "edition",
    "facts_at",
    "facts_current",
    "facts_to_mend",
    "families",
    "forget",
    "fresh_as_of",
    "live_revision",
    "nearest_of",
    "opinions_of",
    "other_of",
    "parts_of",
    "published",
    "render",
    "said_to",
    "show_facts",
    "subject",
    "suggest",
    "title_of",
    "verdict_of",
    "water_answer",
]

EXPIRES_WITHIN = timedelta(days=60)
MOST_OTHERS = 6  # hits that are not ours and may stand among those looked for


@dataclass(frozen=True)
class Part:
    """One of several questions: its words, the title of what it is about, and the subject's slug, "" when not ours."""

    words: str
    title: str
    slug: str


def edition() -> int:
    """The number that grows with each change of what the town says; one small query."""
    return content_version_now()[0]


def current_answer(slug: str) -> Answer | None:
    """The published answer on a subject, with all that rendering reads; None when there is none."""
    rows = Answer.objects.filter(live=True, subject__slug=slug).select_related("subject", "owner")
    answer: Answer | None = rows.prefetch_related("audience_variants").first()
    return answer


def published(slug: str, lang: str, audience: str = "resident", address: Address | None = None) -> Rendered | None:
    """The answer on a subject as the public reads it, from what this process keeps: no query. None when there is none.

    With an address, the facts of its areas stand before those of the town (a few queries where they differ). At most a
    moment older than `current_answer`, like the searches, and of the same edition and day as they.
    """
    return rendered(snapshots.current(), slug, clean(lang), audience, address=address)


def said_to(answer: Rendered, text: str) -> Rendered:
    """The answer as it is said to those words: its yes or its no first when they ask a question that it settles."""
    return answering.said_to(answer, about_of(text))


def verdict_of(slug: str, text: str, lang: str, audience: str = "resident") -> str:
    """The verdict that the answer on a subject begins with when it is said to those words: "yes", "no", or "". No query
    save that of `search`.
    """
    answer = published(slug, lang, audience)
    return said_to(answer, text).verdict if answer else ""


def differs_by_area(slug: str) -> bool:
    """Whether the answer on a subject rests on a fact that some area of the town has of its own; no query."""
    return slug in snapshots.current().by_area


def facts_at(address: Address, lang: str) -> list[tuple[ShownFact, SubjectCard]]:
    """What an address has of its own, each fact that may be told with the subject it belongs to; none mostly."""
    snapshot, code, demo = snapshots.current(), clean(lang), settings.PARVIS_DEMO
    areas = areas_of(address) if snapshot.by_area else []
    result: dict[str, tuple[ShownFact, SubjectCard]] = {}
    for slug in sorted(snapshot.by_area if areas else ()):
        answer, card = snapshot.answers[slug], snapshot.cards[slug, code]
        for key, fact in facts_for(rendering.keys_of(answer), snapshot.day, areas).items():
            shown = rendering.show_fact(key, fact, code, demo=demo, today=snapshot.day)
            if fact.area_id is not None and shown.told:
                result.setdefault(key, (shown, card))
    return list(result.values())


def subject(
    slug: str, lang: str, audience: str = "resident", address: Address | None = None
) -> tuple[SubjectCard, Rendered | None] | None:
    """A subject as lists show it, with its answer when there is one, both of one edition; see `published`."""
    snapshot, code = snapshots.current(), clean(lang)
    subject_card = snapshot.cards.get((slug, code))
    return (subject_card, rendered(snapshot, slug, code, audience, address=address)) if subject_card else None


def audiences_of(slug: str) -> tuple[str, ...]:
    """The audiences for which the answer on a subject has words of their own; no query."""
    answer = snapshots.current().answers.get(slug)
    return tuple(sorted(row.audience for row in answer.audience_variants.all())) if answer else ()


def families(lang: str) -> tuple[Family, ...]:
    """Every subject that may be asked about, by family, in the town's order; no query."""
    return snapshots.current().families[clean(lang)]


def fresh_as_of() -> tuple[object, ...]:
    """What changes when any answer, fact or subject does, and with the day, which makes facts lapse; no query."""
    snapshot = snapshots.current()
    return (*snapshot.version, snapshot.day)


def live_revision(slug: str) -> int | None:
    """The published revision of the answer on a subject; what an open screen compares with its own."""
    rows = Answer.objects.filter(live=True, subject__slug=slug)
    match: int | None = rows.values_list("live_revision_id", flat=True).first()
    return match


def render(
    answer: Answer,
    lang: str,
    *,
    audience: str = "resident",
    demo: bool | None = None,
    today: date | None = None,
    address: Address | None = None,
) -> Rendered:
    """The answer for one reader: one query for its facts, whatever their number, four for an address whose areas have
    some of their own. See `rendering.render`.
    """
    day = today or clock.today()
    areas = areas_of(address) if address and differs_by_area(answer.subject.slug) else []
    known = facts_for(rendering.keys_of(answer), day, areas)
    demonstration = settings.PARVIS_DEMO if demo is None else demo
    return rendering.render(answer, known, lang, audience=audience, demo=demonstration, today=day)


def show_facts(keys: Iterable[str], lang: str, *, today: date | None = None) -> dict[str, ShownFact]:
    """Facts outside an answer (hours of the counter, a phone line), each as the reader may see it; one query."""
    day, wanted = today or clock.today(), list(keys)
    known = facts_current(wanted, day)
    demo = settings.PARVIS_DEMO
    return {key: rendering.show_fact(key, known.get(key), lang, demo=demo, today=day) for key in wanted}


def suggest(
    text: str, lang: str | None = None, limit: int = 8, *, asked_in: str | None = None, nobody_in_danger: bool = False
) -> Suggestion:
    """The subjects that these words may be about, best first; no words find nothing. `lang`: the reader's language;
    without it, the language that the words are in. `asked_in`: the language of `clarify`, when it is another.
    `nobody_in_danger`: whoever wrote them says so; a danger that they tell is a caution then.
    """
    snapshot = snapshots.current()
    result = search(snapshot, text, lang, limit + MOST_OTHERS)
    read = clean(lang) if lang else result.lang
    ours = [hit for hit in result.hits if (hit.key, read) in snapshot.cards]
    told = alarm(snapshot.warnings, snapshot.index, result.danger_share, text, read)
    danger = None if nobody_in_danger else told.danger
    best = result.hits[0] if result.hits and result.hits[0].confidence >= POSSIBLE and not danger else None
    other = snapshot.others.get((best.key, read)) if best else None
    asks = clean(asked_in) if asked_in else read
    clarify = clarify_between(snapshot, result, asks) if best and ours and best is ours[0] else None
    theirs = other is not None and best is not None and best.confidence >= SURE
    water = not danger and not theirs and asks_about_water(text)
    other = None if water else other
    return Suggestion(
        tuple(_hit(snapshot.cards[hit.key, read], hit) for hit in ours[: max(limit, 0)]),
        result.understood,
        danger,
        read,
        snapshot.version[0],
        other,
        clarify if clarify and clarify.siblings and not water else None,
        best.confidence if best and other else 0.0,
        water,
        told.caution or (told.danger is not None and danger is None),
    )


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
    return snapshots.current().others.get((suggestion.other.slug, clean(lang))) if suggestion.other else None


def title_of(slug: str, lang: str) -> str:
    """The title of what a search found, ours or somebody else's; "" for neither. No query."""
    snapshot, code = snapshots.current(), clean(lang)
    result = snapshot.cards.get((slug, code)) or snapshot.others.get((slug, code))
    return result.title if result else ""


def nearest_of(text: str, slug: str) -> tuple[str, ...]:
    """The ways of asking about a subject that come closest to these words, the closest first; no query."""
    snapshot = snapshots.current()
    return snapshot.index.nearest(text, slug) if (slug, "fr") in snapshot.cards and text.strip() else ()


def forget() -> None:
    """Let go of what this process keeps; the next search reads everything again."""
    snapshots.forget()


def card(slug: str, lang: str) -> SubjectCard | None:
    """One subject as lists show it; no query."""
    return snapshots.current().cards.get((slug, clean(lang)))


def facts_to_mend(on: date, department_ids: Iterable[int] | None = None) -> QuerySet[Fact]:
    """Current facts that lapsed or lapse within 60 days, examples and unverified ones; the most pressing first."""
    rows = Fact.objects.filter(replaced_at__isnull=True).select_related("owner")
    if department_ids is not None:
        rows = rows.filter(owner_id__in=list(department_ids))
    pressing = Q(valid_to__lte=on + EXPIRES_WITHIN) | Q(example=True) | Q(verified_on__isnull=True)
    return rows.filter(pressing).order_by("valid_to", "key")


@dataclass(frozen=True)
class Opinions:
    """What readers said of one answer: how many found it useful, how many did not, their last words, newest first."""

    useful: int
    not_useful: int
    last_words: tuple[Usefulness, ...]


def opinions_of(answer: Answer, limit: int = 10) -> Opinions:
    """Two queries, whatever their number."""
    rows = Usefulness.objects.filter(answer=answer)
    counted = rows.aggregate(yes=Count("pk", filter=Q(useful=True)), no=Count("pk", filter=Q(useful=False)))
    return Opinions(counted["yes"], counted["no"], tuple(rows.exclude(words="").order_by("-at", "-pk")[:limit]))


def siblings_of(slug: str) -> set[str]:
    """The subjects that words alone often cannot tell from that one; no query most of the time."""
    groups = ({slug for _, slug in question.choices} for question in snapshots.current().questions.get("fr", ()))
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
