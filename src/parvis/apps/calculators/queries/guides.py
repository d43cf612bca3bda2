"""Guided questions of a town: whether a permit is needed, who handles a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from parvis.apps.calculators.queries.base import CalculationText, Computed, FactBook, Row, compute
from parvis.apps.calculators.rules import guide as rules
from parvis.apps.calculators.rules import oath, permit_guide
from parvis.apps.calculators.rules.guide import Followed, Guide, Texts
from parvis.apps.calculators.rules.oath import OathOutcome
from parvis.apps.calculators.rules.permit_guide import PermitOutcome
from parvis.apps.content import models
from parvis.apps.content.queries.snapshot import ContentSnapshot, contents
from parvis.apps.directory.models import Department
from parvis.lib import clock, quebec
from parvis.lib.errors import NotFound, or_not_found
from parvis.lib.i18n.languages import Lang, clean, pick

_cache: tuple[ContentSnapshot, dict[str, Guide]] | None = None


@dataclass(frozen=True)
class Asked:
    """A question for a reader, with its choices (value, words) and the answer already given, or ""."""

    key: str
    label: str
    hint: str
    choices: tuple[tuple[str, str], ...]
    answer: str


@dataclass(frozen=True)
class ExternalBody:
    """The department or outside body responsible."""

    slug: str
    name: Texts
    phone: str
    website: str


@dataclass(frozen=True)
class GuideResult:
    """The result of the answers, and who is responsible when a rule names someone."""

    followed: Followed
    external_body: ExternalBody | None


def _guides() -> dict[str, Guide]:
    """The guides of the town, loaded once per content version."""
    global _cache  # noqa: PLW0603
    snapshot = contents.current()
    if _cache is None or _cache[0] is not snapshot:
        rows = models.Guide.objects.filter(subject__active=True).values_list("subject__slug", "content")
        _cache = snapshot, {slug: rules.from_json(content) for slug, content in rows}
    return _cache[1]


def has_guide(slug: str) -> bool:
    """Whether the town has a guide on that subject; no query while nothing changes."""
    return slug in _guides()


def guide_of(slug: str) -> Guide:
    """The guide on a subject. Raises NotFound."""
    return or_not_found(_guides().get(slug), _("There is no guide on this subject."))


def questions_of(slug: str, answers: Mapping[str, str], lang: str, today: date | None = None) -> list[Asked]:
    """The questions that these answers lead to, in that language, "I do not know" as the last choice."""
    guide, code = guide_of(slug), clean(lang)
    book = FactBook(guide.facts, today or clock.today())
    unsure = {"fr": "Je ne sais pas", "en": "I do not know"}[code]
    asked, given = rules.asked_of(guide, answers)
    return [
        Asked(
            question.key,
            _say(question.label, book, code),
            _say(question.hint, book, code),
            (*((choice.value, _say(choice.label, book, code)) for choice in question.choices), (rules.UNKNOWN, unsure)),
            given.get(question.key, ""),
        )
        for question in asked
    ]


def permit(slug: str, answers: Mapping[str, str], *, today: date | None = None) -> Computed[GuideResult]:
    """Whether the project needs a permit by the town's guide: required, not required, or planning must say.

    It never says that a project conforms. Raises NotFound without such a guide.
    """
    return _follow(slug, answers, permit_guide.KIND, today)


def papers(slug: str, answers: Mapping[str, str], *, today: date | None = None) -> Computed[GuideResult]:
    """Who handles a document: the desk (an oath), the clerk (town papers), or an outside body. Raises NotFound."""
    return _follow(slug, answers, oath.KIND, today)


def _follow(slug: str, answers: Mapping[str, str], kind: str, today: date | None) -> Computed[GuideResult]:
    guide = guide_of(slug)
    if guide.kind != kind:
        raise NotFound(_("There is no guide on this subject."))
    book = FactBook(guide.facts, today or clock.today())
    follow = permit_guide.follow if kind == permit_guide.KIND else oath.follow
    followed = follow(guide, answers, book.told)
    for key in followed.norms:
        book.told(key)
    result = GuideResult(followed, _responsible(followed.to))
    inputs = {"subject": slug, "answers": rules.asked_of(guide, answers)[1]}
    return compute(kind, book, inputs, result, _Speaker(result, book))


def _responsible(slug: str) -> ExternalBody | None:
    department = Department.objects.filter(slug=slug).first() if slug else None
    if department is None:
        return None
    names = department.name_fr, pick(department, "name", "en")
    return ExternalBody(slug, names, department.phone, department.website)


def _say(texts: Texts, book: FactBook, lang: Lang) -> str:
    return book.text(texts[1] if lang == "en" else texts[0], lang)


# --- Words ---------------------------------------------------------------------------------------------------------


class _Speaker:
    """The words of an outcome, in one language at a time."""

    def __init__(self, result: GuideResult, book: FactBook) -> None:
        self.result, self.book = result, book

    def __call__(self, lang: Lang) -> CalculationText:
        followed, body = self.result.followed, self.result.external_body
        if followed.outcome is None:
            return CalculationText(_("A few questions remain before we can say."))
        short, outcome = _short(followed.outcome), _outcome(followed.outcome)
        name = body.name[1 if lang == "en" else 0] if body else ""
        if body and followed.outcome == PermitOutcome.PLANNING:
            words = _("Your project must be looked at before anyone can say. Who looks after it: %(name)s.")
            short, outcome = words % {"name": name}, _("It must be looked at first")
        rows = [Row(_("By your answers"), outcome, strong=True)]
        if body:
            rows.append(Row(_("Who looks after it"), name))
            if body.phone:
                rows.append(Row(_("Phone"), quebec.phone(body.phone, lang)))
            if body.website:
                rows.append(Row(_("Website"), body.website.partition("://")[2].strip("/"), url=body.website))
        ours = followed.outcome != OathOutcome.OUTSIDE  # an outside body states its own norms
        norms = [self.book.shown(key, lang) for key in followed.norms if ours and self.book.has(key)]
        rows += [Row(norm.label, norm.shown, sample=norm.mark if norm.told else "") for norm in norms]
        documents = tuple(_say(document, self.book, lang) for document in followed.documents)
        notes = [why] if (why := _say(followed.why, self.book, lang)) else []
        if followed.outcome in set(PermitOutcome):
            notes.append(_("This guide never says that a project conforms: planning decides, on the file."))
        return CalculationText(short, tuple(rows), tuple(notes), self._checks(lang), documents)

    def _checks(self, lang: Lang) -> tuple[str, ...]:
        followed = self.result.followed
        checks: dict[str | None, str] = {
            "unknown": _("You do not know one of the answers: someone must look at it with you."),
            "fact": _("A norm that this rests on must be checked first."),
            "unforeseen": _("The guide does not foresee this case: someone must look at it."),
        }
        result = [checks[followed.reason]] if followed.reason in checks else []
        withheld = [fact.label for fact in self.book.used(lang) if not fact.told and self.book.has(fact.key)]
        if withheld:
            result.append(_("To be checked: %(labels)s.") % {"labels": quebec.join(withheld, lang)})
        return tuple(result)


def _outcome(outcome: str) -> str:
    words: dict[str, str] = {
        PermitOutcome.REQUIRED: _("A permit is required"),
        PermitOutcome.NOT_REQUIRED: _("No permit is required"),
        PermitOutcome.PLANNING: _("Planning must say"),
        OathOutcome.DESK: _("An oath, by appointment at the desk"),
        OathOutcome.CLERK: _("The town clerk"),
        OathOutcome.OUTSIDE: _("Someone outside the town"),
    }
    return words[outcome]


def _short(outcome: str) -> str:
    words: dict[str, str] = {
        PermitOutcome.REQUIRED: _("By your answers, a permit is required. Wait for it before you begin."),
        PermitOutcome.NOT_REQUIRED: _("By your answers, no permit is required. The norms apply all the same."),
        PermitOutcome.PLANNING: _("Planning must look at it before anyone can say."),
        OathOutcome.DESK: _("A commissioner may take your oath here, by appointment. Do not sign beforehand."),
        OathOutcome.CLERK: _("It is for the town clerk to see."),
        OathOutcome.OUTSIDE: _("The town cannot do it: here is the right door."),
    }
    return words[outcome]
