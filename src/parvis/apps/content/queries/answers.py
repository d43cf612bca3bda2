"""What the town says, for whoever reads it: the answer on a subject, the lists of subjects, the facts in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from parvis.apps.content.models import Answer, Fact, Usefulness
from parvis.apps.content.queries import rendering
from parvis.apps.content.queries.advisories import advisories_on, with_advisories
from parvis.apps.content.queries.facts import areas_of, facts_current, facts_for
from parvis.apps.content.queries.rendering import Rendered, ShownFact
from parvis.apps.content.queries.snapshot import Family, SubjectCard, content_version_now, contents, rendered
from parvis.apps.places.models import Address
from parvis.lib import clock
from parvis.lib.i18n.languages import clean

EXPIRES_WITHIN = timedelta(days=60)


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
    moment older than `current_answer`; a search may be of an older version while the new index is built.
    """
    return rendered(contents.current(), slug, clean(lang), audience, address=address)


def differs_by_area(slug: str) -> bool:
    """Whether the answer on a subject rests on a fact that some area of the town has of its own; no query."""
    return slug in contents.current().by_area


def facts_at(address: Address, lang: str) -> list[tuple[ShownFact, SubjectCard]]:
    """What an address has of its own, each fact that may be told with the subject it belongs to; none mostly."""
    content, code, demo = contents.current(), clean(lang), settings.PARVIS_DEMO
    areas = areas_of(address) if content.by_area else []
    result: dict[str, tuple[ShownFact, SubjectCard]] = {}
    for slug in sorted(content.by_area if areas else ()):
        answer, card = content.answers[slug], content.cards[slug, code]
        for key, fact in facts_for(rendering.keys_of(answer), content.day, areas).items():
            shown = rendering.show_fact(key, fact, code, demo=demo, today=content.day)
            if fact.area_id is not None and shown.told:
                result.setdefault(key, (shown, card))
    return list(result.values())


def subject(
    slug: str, lang: str, audience: str = "resident", address: Address | None = None
) -> tuple[SubjectCard, Rendered | None] | None:
    """A subject as lists show it, with its answer when there is one, both of one edition; see `published`."""
    content, code = contents.current(), clean(lang)
    subject_card = content.cards.get((slug, code))
    return (subject_card, rendered(content, slug, code, audience, address=address)) if subject_card else None


def audiences_of(slug: str) -> tuple[str, ...]:
    """The audiences for which the answer on a subject has words of their own; no query."""
    answer = contents.current().answers.get(slug)
    return tuple(sorted(row.audience for row in answer.audience_variants.all())) if answer else ()


def families(lang: str) -> tuple[Family, ...]:
    """Every subject that may be asked about, by family, in the town's order; no query."""
    return contents.current().families[clean(lang)]


def cache_key() -> tuple[object, ...]:
    """What changes when any answer, fact or subject does, and with the day, which makes facts lapse; no query."""
    content = contents.current()
    return (*content.version, content.day)


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
    """The answer for one reader, what is in force first: one query for its facts, whatever their number, four for an
    address whose areas have some of their own. See `rendering.render` and `advisories.advisories_on`.
    """
    day = today or clock.today()
    areas = areas_of(address) if address and differs_by_area(answer.subject.slug) else []
    known = facts_for(rendering.keys_of(answer), day, areas)
    demonstration = settings.PARVIS_DEMO if demo is None else demo
    shown = rendering.render(answer, known, lang, audience=audience, demo=demonstration, today=day)
    first = advisories_on(answer.subject.slug, answer.subject.computed, lang, address=address, day=today)
    return with_advisories(shown, first)


def show_facts(keys: Iterable[str], lang: str, *, today: date | None = None) -> dict[str, ShownFact]:
    """Facts outside an answer (hours of the counter, a phone line), each as the reader may see it; one query."""
    day, wanted = today or clock.today(), list(keys)
    known = facts_current(wanted, day)
    demo = settings.PARVIS_DEMO
    return {key: rendering.show_fact(key, known.get(key), lang, demo=demo, today=day) for key in wanted}


def card(slug: str, lang: str) -> SubjectCard | None:
    """One subject as lists show it; no query."""
    return contents.current().cards.get((slug, clean(lang)))


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
