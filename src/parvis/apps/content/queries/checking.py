"""Audits the town's content: contradictions, owners, dates, languages, facts that cannot be told."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.catalogue.models import ExampleQuestion, Subject
from parvis.apps.content.models import TEXTS, Answer, Fact, OutOfScopeExample, OutOfScopeTopic
from parvis.apps.content.queries import rendering
from parvis.apps.content.queries.answers import EXPIRES_WITHIN
from parvis.apps.content.queries.rendering import FactStatus, status_of
from parvis.apps.content.rules import values
from parvis.apps.content.rules.phrases import broken_references, fact_keys, typed_values
from parvis.apps.content.rules.verdicts import begins_with_verdict
from parvis.apps.directory.models import Department, Town
from parvis.lib import clock, quebec, words
from parvis.lib.i18n.languages import LANGUAGES, clean, pick

KINDS = {
    "contradiction": gettext_lazy("Contradictions"),
    "fact": gettext_lazy("Facts that cannot be told"),
    "owner": gettext_lazy("Nobody to tell"),
    "review": gettext_lazy("Review dates passed"),
    "missing": gettext_lazy("Answers to write"),
    "english": gettext_lazy("No English"),
    "short": gettext_lazy("Nothing to say aloud"),
    "verdict": gettext_lazy("A yes or a no said to every question"),
    "door": gettext_lazy("Doors of others to check"),
    "expiring": gettext_lazy("Facts that lapse within 60 days"),
    "example": gettext_lazy("Examples and unverified values"),
}
CHECKED_WITHIN = timedelta(days=365)


class Weight(StrEnum):
    """The urgency of a finding.

    MEND: the content is wrong, leads nowhere, or expires without anyone being notified; the service may mislead.
    VERIFY: the service honestly says that it does not know, and `owner` has to find out. LOOK: for information.
    """

    MEND = "mend"
    VERIFY = "verify"
    LOOK = "look"


@dataclass(frozen=True)
class Finding:
    """One thing to review. `owner` verifies it, for VERIFY findings.

    `where`: "answer", "fact", "subject", "department", "elsewhere"; `name` is its slug or key, `pk` its row.
    """

    kind: str
    weight: Weight
    where: str
    name: str
    pk: int
    message: str
    owner: str = ""

    def as_json(self) -> dict[str, Any]:
        named = {"kind": self.kind, "weight": self.weight.value, "where": self.where, "name": self.name}
        return named | {"message": self.message, "owner": self.owner}


def counts(items: Iterable[Finding]) -> dict[Weight, int]:
    """The number of findings of each weight."""
    by_weight = Counter(finding.weight for finding in items)
    return {weight: by_weight[weight] for weight in Weight}


def in_short(by_weight: Mapping[Weight, int]) -> str:
    """The counts in one sentence."""
    words = _("%(mend)s to mend (!), %(verify)s for their owners to verify (?), %(look)s to look at.")
    return words % {weight.value: many for weight, many in by_weight.items()}


def findings() -> list[Finding]:
    """Every finding, most urgent first; a constant number of queries."""
    checks: tuple[Callable[[_Content], Iterable[Finding]], ...] = (
        *(_conflicting_versions, _conflicting_labels, _shared_examples, _languages_differ, _typed),
        *(_owners, _reviews, _unwritten, _without_english, _without_short, _verdicts, _cited, _facts, _external_bodies),
    )
    content, kinds, weights = _Content(clock.today()), list(KINDS), list(Weight)
    result = [finding for check in checks for finding in check(content)]
    return sorted(result, key=lambda one: (weights.index(one.weight), kinds.index(one.kind), one.name, one.message))


class _Content:
    """The content to check, loaded once."""

    def __init__(self, today: date) -> None:
        self.today = today
        answers = Answer.objects.filter(live=True).select_related("subject", "owner__head")
        self.answers = list(answers.prefetch_related("audience_variants").order_by("subject__slug"))
        facts = Fact.objects.select_related("owner__head", "area")
        self.facts = list(facts.filter(replaced_at=None).order_by("key", "pk"))
        # A version replaced by one that begins later is still in force.
        replaced = facts.filter(replaced_at__isnull=False).order_by("key", "-pk")
        unexpired = [fact for fact in replaced if not (fact.valid_to and fact.valid_to < today)]
        self.in_force: dict[tuple[str, int | None], Fact] = {}
        for fact in [*reversed(unexpired), *self.facts]:
            if not (fact.valid_from and fact.valid_from > today) or (fact.key, fact.area_id) not in self.in_force:
                self.in_force[fact.key, fact.area_id] = fact
        self.variants = list(ExampleQuestion.objects.select_related("subject").order_by("pk"))
        out_of_scope = OutOfScopeExample.objects.filter(elsewhere__active=True).order_by("pk")
        self.out_of_scope = list(out_of_scope.values_list("language", "text", "elsewhere__slug"))
        self.topics = list(OutOfScopeTopic.objects.filter(active=True).exclude(body_fr=""))
        self.subjects = list(Subject.objects.filter(active=True).select_related("department"))
        town = Town.objects.order_by("pk").first()
        desk = Department.objects.filter(kind=Department.Kind.DESK, active=True).order_by("pk").first()
        self.desk = pick(desk, "name", translation.get_language()) if desk else ""
        self.english = town is None or town.english != Town.English.OFF

    @cached_property
    def cited(self) -> dict[str, list[Answer]]:
        """The published answers that show or refer to each fact."""
        result: dict[str, list[Answer]] = {}
        for answer in self.answers:
            for key in rendering.keys_of(answer):
                result.setdefault(key, []).append(answer)
        return result


def _of_answer(answer: Answer, kind: str, message: str) -> Finding:
    return Finding(kind, Weight.MEND, "answer", answer.subject.slug, answer.pk, message)


def _of_fact(fact: Fact, kind: str, message: str, weight: Weight = Weight.MEND) -> Finding:
    owner = pick(fact.owner, "name", translation.get_language()) if weight == Weight.VERIFY else ""
    return Finding(kind, weight, "fact", fact.key, fact.pk, message, owner)


# --- Contradictions -----------------------------------------------------------------------------------------------


def _shown(fact: Fact) -> str:
    try:
        return values.shown(fact.kind, fact.value, "fr", fact.unit)
    except values.Unreadable:
        return "?"


def _conflicting_versions(content: _Content) -> Iterator[Finding]:
    """One key with two values at once, in the same area or in two that an address may be in."""
    by_key: dict[str, list[Fact]] = {}
    for fact in content.facts:
        by_key.setdefault(fact.key, []).append(fact)
    for versions in by_key.values():
        for fact, other in combinations(versions, 2):
            if _meet_in_time(fact, other) and _meet_in_place(fact, other) and fact.value != other.value:
                params = {"one": _shown(fact), "other": _shown(other), "area": other.area or fact.area or "-"}
                message = _("Two values stand at once, %(one)s and %(other)s (%(area)s).") % params
                yield _of_fact(other, "contradiction", message)


def _meet_in_time(fact: Fact, other: Fact) -> bool:
    first = max(fact.valid_from or date.min, other.valid_from or date.min)
    return first <= min(fact.valid_to or date.max, other.valid_to or date.max)


def _meet_in_place(fact: Fact, other: Fact) -> bool:
    """Whether an address may be in both areas: sectors of one kind never overlap."""
    if fact.area is None or other.area is None:
        return fact.area is other.area
    return fact.area == other.area or fact.area.kind != other.area.kind


def _conflicting_labels(content: _Content) -> Iterator[Finding]:
    """Two facts with the same label and different values in one answer: its reader gets both."""
    for answer in content.answers:
        by_label: dict[tuple[str, str], Fact] = {}
        for key in rendering.keys_of(answer):
            fact = content.in_force.get((key, None))
            if fact is None:
                continue
            first = by_label.setdefault((" ".join(words.split(fact.label_fr)), fact.kind), fact)
            if first.value != fact.value:
                params = {"one": first.key, "other": fact.key, "first": _shown(first), "second": _shown(fact)}
                message = _("“%(one)s” and “%(other)s” bear one name, and differ: %(first)s, %(second)s.") % params
                yield _of_answer(answer, "contradiction", message)


def _shared_examples(content: _Content) -> Iterator[Finding]:
    """One example question under two subjects, or under a subject and an out-of-scope topic.

    A single word may well be ambiguous, and the engine asks which one is meant: only LOOK.
    """
    first_subject: dict[tuple[str, str], str] = {}
    for lang, text, slug in content.out_of_scope:
        first_subject.setdefault((lang, " ".join(words.split(text))), slug)
    active = {subject.pk for subject in content.subjects}
    for variant in content.variants:
        if variant.subject_id not in active:
            continue
        slug = variant.subject.slug
        text_words = words.split(variant.text)
        first = first_subject.setdefault((variant.language, " ".join(text_words)), slug)
        if first != slug:
            message = _("“%(text)s” is also a way of asking about “%(subject)s”.")
            params = {"text": variant.text, "subject": first}
            weight = Weight.MEND if len(text_words) > 1 else Weight.LOOK
            yield Finding("contradiction", weight, "subject", slug, variant.subject_id, message % params)


def _languages_differ(content: _Content) -> Iterator[Finding]:
    """A text whose English refers to other facts than its French: one of the readers is misinformed."""
    for answer in content.answers:
        for name in TEXTS:
            french, english = (str(getattr(answer, f"{name}_{lang}") or "") for lang in LANGUAGES)
            if english and set(fact_keys([french])) != set(fact_keys([english])):
                keys = ", ".join(sorted(set(fact_keys([french])) ^ set(fact_keys([english]))))
                message = _("The French and the English of “%(field)s” do not tell the same facts: %(keys)s.")
                yield _of_answer(answer, "contradiction", message % {"field": name, "keys": keys})


def _typed(content: _Content) -> Iterator[Finding]:
    """Values typed in a text, which no fact dates, and broken references."""
    for answer in content.answers:
        for text in rendering.texts_of(answer):
            for part in broken_references(text):
                yield _of_answer(answer, "contradiction", _("“%(text)s” is no reference to a fact.") % {"text": part})
            for value in typed_values(text):
                message = _("“%(value)s” is typed in the text: it may differ from the fact.") % {"value": value}
                yield _of_answer(answer, "contradiction", message)


# --- Owners, dates, languages -------------------------------------------------------------------------------------


def _owners(content: _Content) -> Iterator[Finding]:
    owners = {row.owner_id: row.owner for row in [*content.answers, *content.facts]}
    for owner in sorted(owners.values(), key=lambda owner: owner.slug):
        if message := _owner_trouble(owner):
            yield Finding("owner", Weight.MEND, "department", owner.slug, owner.pk, message)


def _owner_trouble(owner: Department) -> str:
    if not owner.active:
        return _("This department is closed, and still owns answers or facts.")
    if owner.kind == Department.Kind.EXTERNAL:
        return _("An outside body cannot own answers or facts of the town.")
    head = owner.head
    if not owner.email and not (head and head.is_active and head.email):
        return _("Nobody can be told when its facts lapse: it has no head with an e-mail address, nor one of its own.")
    return ""


def _day(day: date | None) -> str:
    """The day formatted for the reader; "" for None."""
    return quebec.day_of_month(day, clean(translation.get_language()), year=True) if day else ""


def _reviews(content: _Content) -> Iterator[Finding]:
    for answer in content.answers:
        if answer.review_on < content.today:
            yield _of_answer(answer, "review", _("To review since %(day)s.") % {"day": _day(answer.review_on)})


def _unwritten(content: _Content) -> Iterator[Finding]:
    written = {answer.subject_id for answer in content.answers}
    for subject in content.subjects:
        if subject.answerable and subject.pk not in written:
            message = _("No published answer.")
            yield Finding("missing", Weight.MEND, "subject", subject.slug, subject.pk, message)


def _without_english(content: _Content) -> Iterator[Finding]:
    if not content.english:
        return
    for answer in content.answers:
        names = [name for name in TEXTS if getattr(answer, f"{name}_fr").strip() and not getattr(answer, f"{name}_en")]
        names += ["variants" for row in answer.audience_variants.all() if not row.short_en]
        if names:
            yield _of_answer(answer, "english", _("No English for: %(names)s.") % {"names": ", ".join(names)})


def _without_short(content: _Content) -> Iterator[Finding]:
    for answer in content.answers:
        if not answer.short_fr.strip():
            yield _of_answer(answer, "short", _("There are no words to say aloud."))


def _verdicts(content: _Content) -> Iterator[Finding]:
    """Texts that begin with yes or no, said even to questions that they do not settle."""
    for answer in content.answers:
        rows = [answer, *answer.audience_variants.all()]
        if any(begins_with_verdict(text or "") for row in rows for text in (row.short_fr, row.short_en)):
            message = _(
                "The words to say begin with a yes or a no, which they would say to every question. It is left out. "
                "Take it out of the words, and list the questions that it answers."
            )
            yield _of_answer(answer, "verdict", message)


def _external_bodies(content: _Content) -> Iterator[Finding]:
    """Outside bodies without a phone or a page, or not checked by the desk within a year."""
    for topic in content.topics:
        message, weight, owner = "", Weight.VERIFY, content.desk
        if not topic.phone and not topic.url:
            message, weight, owner = _("%(door)s: neither a number nor a page."), Weight.MEND, ""
        elif topic.verified_on is None:
            message = _("%(door)s: nobody says where this door was checked, nor when.")
        elif topic.verified_on < content.today - CHECKED_WITHIN:
            message = _("%(door)s: not checked since %(day)s.")
        if message:
            message %= {"door": topic.body_fr, "day": _day(topic.verified_on)}
            yield Finding("door", weight, "elsewhere", topic.slug, topic.pk, message, owner)


# --- Facts --------------------------------------------------------------------------------------------------------


def _cited(content: _Content) -> Iterator[Finding]:
    """Facts that an answer refers to and that do not exist."""
    known = {fact.key for fact in content.facts}
    for key, answers in content.cited.items():
        if key not in known:
            for answer in answers:
                yield _of_answer(answer, "fact", _("It names the fact “%(key)s”, which does not exist.") % {"key": key})


def _facts(content: _Content) -> Iterator[Finding]:
    # Owners get no letter for examples or unverified values: outside a demonstration, nobody would mend them.
    unowned = Weight.LOOK if settings.PARVIS_DEMO else Weight.MEND
    for fact in content.in_force.values():
        status = status_of(fact, content.today)
        last, used = _day(fact.valid_to), _used(content.cited.get(fact.key, []))
        if status == FactStatus.LAPSED:
            weight = Weight.VERIFY if not fact.example else unowned if used else Weight.LOOK
            yield _of_fact(fact, "fact", _("Lapsed on %(day)s%(used)s.") % {"day": last, "used": used}, weight)
        elif status == FactStatus.MISSING:
            first = _day(fact.valid_from)
            yield _of_fact(fact, "fact", _("Begins on %(day)s only%(used)s.") % {"day": first, "used": used})
        elif fact.valid_to and fact.valid_to <= content.today + EXPIRES_WITHIN:
            message = _("Lapses on %(day)s%(used)s.") % {"day": last, "used": used}
            yield _of_fact(fact, "expiring", message, Weight.VERIFY)
        if status in (FactStatus.EXAMPLE, FactStatus.UNVERIFIED):
            what = _("An example") if status == FactStatus.EXAMPLE else _("Nobody verified it")
            yield _of_fact(fact, "example", f"{what}{used}.", unowned if used else Weight.LOOK)


def _used(answers: Sequence[Answer]) -> str:
    named = ", ".join(pick(answer, "title", translation.get_language()) for answer in answers[:3])
    return _(", in: %(answers)s") % {"answers": named} if named else ""
