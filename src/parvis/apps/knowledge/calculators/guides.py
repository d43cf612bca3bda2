"""The guided questions of a town: do I need a permit, whose door is this paper's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from parvis.apps.directory.models import Department
from parvis.apps.knowledge import models
from parvis.apps.knowledge.calculations import guide as rules
from parvis.apps.knowledge.calculations import oath, permit_guide
from parvis.apps.knowledge.calculations.guide import Followed, Guide, Texts
from parvis.apps.knowledge.calculators.base import CalculationText, Computed, FactBook, Row, compute
from parvis.apps.knowledge.snapshot import ContentSnapshot, contents
from parvis.lib import clock, quebec
from parvis.lib.errors import NotFound
from parvis.lib.languages import Lang, clean, pick

_kept: tuple[ContentSnapshot, dict[str, Guide]] | None = None


@dataclass(frozen=True)
class Asked:
    """A question as a reader sees it, with its choices (value, words), and the answer already given, or ""."""

    key: str
    label: str
    hint: str
    choices: tuple[tuple[str, str], ...]
    answer: str


@dataclass(frozen=True)
class ExternalBody:
    """Who looks after it."""

    slug: str
    name: Texts
    phone: str
    website: str


@dataclass(frozen=True)
class Outcome:
    """Where the answers led, and who looks after it when a rule names someone."""

    followed: Followed
    external_body: ExternalBody | None


def _guides() -> dict[str, Guide]:
    """The guides of the town, read once for each edition of what it says."""
    global _kept  # noqa: PLW0603
    snapshot = contents.current()
    if _kept is None or _kept[0] is not snapshot:
        rows = models.Guide.objects.filter(subject__active=True).values_list("subject__slug", "content")
        _kept = snapshot, {slug: rules.from_json(content) for slug, content in rows}
    return _kept[1]


def has_guide(slug: str) -> bool:
    """Whether the town guides through questions on that subject; no query while nothing changed."""
    return slug in _guides()


def guide_of(slug: str) -> Guide:
    """The guide on a subject. NotFound when the town has none."""
    guide = _guides().get(slug)
    if guide is None:
        raise NotFound(_("There is no guide on this subject."))
    return guide


def questions_of(slug: str, answers: Mapping[str, str], lang: str, today: date | None = None) -> list[Asked]:
    """The questions that these answers lead to, each in that language, with "I do not know" as its last choice."""
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


def permit(slug: str, answers: Mapping[str, str], *, today: date | None = None) -> Computed[Outcome]:
    """Whether the project asks for a permit, by the town's guide on that subject: required, not required, or planning
    must say. It never says that a project conforms. NotFound when there is no such guide.
    """
    return _follow(slug, answers, permit_guide.KIND, today)


def papers(slug: str, answers: Mapping[str, str], *, today: date | None = None) -> Computed[Outcome]:
    """Whose door it is: the desk (an oath), the clerk (papers of the town), or someone outside. NotFound: no guide."""
    return _follow(slug, answers, oath.KIND, today)


def _follow(slug: str, answers: Mapping[str, str], kind: str, today: date | None) -> Computed[Outcome]:
    guide = guide_of(slug)
    if guide.kind != kind:
        raise NotFound(_("There is no guide on this subject."))
    book = FactBook(guide.facts, today or clock.today())
    walk = permit_guide.follow if kind == permit_guide.KIND else oath.follow
    followed = walk(guide, answers, book.told)
    for key in followed.norms:
        book.told(key)
    result = Outcome(followed, _door(followed.to))
    _asked, given = rules.asked_of(guide, answers)
    inputs = {"subject": slug, "answers": given}
    return compute("permit" if kind == permit_guide.KIND else "papers", book, inputs, result, _Speaker(result, book))


def _door(slug: str) -> ExternalBody | None:
    department = Department.objects.filter(slug=slug).first() if slug else None
    return (
        ExternalBody(slug, (department.name_fr, pick(department, "name", "en")), department.phone, department.website)
        if department
        else None
    )


def _say(texts: Texts, book: FactBook, lang: Lang) -> str:
    return book.text(texts[1] if lang == "en" else texts[0], lang)


# --- Words ---------------------------------------------------------------------------------------------------------


class _Speaker:
    """The words of an outcome, in one language at a time."""

    def __init__(self, result: Outcome, book: FactBook) -> None:
        self.result, self.book = result, book

    def __call__(self, lang: Lang) -> CalculationText:
        followed = self.result.followed
        if followed.outcome is None:
            return CalculationText(_("A few questions remain before we can say."))
        short, outcome, name = _short(followed.outcome), _outcome(followed.outcome), ""
        if self.result.external_body:
            name = self.result.external_body.name[1 if lang == "en" else 0]
            if followed.outcome == permit_guide.Outcome.PLANNING:
                words = _("Your project must be looked at before anyone can say. Who looks after it: %(name)s.")
                short, outcome = words % {"name": name}, _("It must be looked at first")
        rows = [Row(_("By your answers"), outcome, strong=True)]
        if self.result.external_body:
            rows.append(Row(_("Who looks after it"), name))
            if self.result.external_body.phone:
                rows.append(Row(_("Phone"), quebec.phone(self.result.external_body.phone, lang)))
            if site := self.result.external_body.website:
                rows.append(Row(_("Website"), site.partition("://")[2].strip("/"), url=site))
        ours = followed.outcome != oath.Outcome.OUTSIDE  # the norms of someone else are theirs to tell
        norms = [self.book.shown(key, lang) for key in followed.norms if ours and self.book.has(key)]
        rows += [Row(norm.label, norm.shown, sample=norm.mark if norm.told else "") for norm in norms]
        documents = tuple(_say(document, self.book, lang) for document in followed.documents)
        why = _say(followed.why, self.book, lang)
        notes = (why,) if why else ()
        return CalculationText(short, tuple(rows), (*notes, *_notes(followed)), self._checks(lang), documents)

    def _checks(self, lang: Lang) -> tuple[str, ...]:
        followed = self.result.followed
        checks: dict[str | None, str] = {
            "unknown": _("You do not know one of the answers: someone must look at it with you."),
            "fact": _("A norm that this rests on must be checked first."),
            "unforeseen": _("The guide does not foresee this case: someone must look at it."),
        }
        result = [checks[followed.reason]] if followed.reason in checks else []
        unsaid = [fact.label for fact in self.book.used(lang) if not fact.told and self.book.has(fact.key)]
        if unsaid:
            result.append(_("To be checked: %(labels)s.") % {"labels": quebec.join(unsaid, lang)})
        return tuple(result)


def _outcome(outcome: str) -> str:
    words: dict[str, str] = {
        permit_guide.Outcome.REQUIRED: _("A permit is required"),
        permit_guide.Outcome.NOT_REQUIRED: _("No permit is required"),
        permit_guide.Outcome.PLANNING: _("Planning must say"),
        oath.Outcome.DESK: _("An oath, by appointment at the desk"),
        oath.Outcome.CLERK: _("The town clerk"),
        oath.Outcome.OUTSIDE: _("Someone outside the town"),
    }
    return words[outcome]


def _short(outcome: str) -> str:
    words: dict[str, str] = {
        permit_guide.Outcome.REQUIRED: _("By your answers, a permit is required. Wait for it before you begin."),
        permit_guide.Outcome.NOT_REQUIRED: _("By your answers, no permit is required. The norms apply all the same."),
        permit_guide.Outcome.PLANNING: _("Planning must look at it before anyone can say."),
        oath.Outcome.DESK: _("A commissioner may take your oath here, by appointment. Do not sign beforehand."),
        oath.Outcome.CLERK: _("It is for the town clerk to see."),
        oath.Outcome.OUTSIDE: _("The town cannot do it: here is the right door."),
    }
    return words[outcome]


def _notes(followed: Followed) -> tuple[str, ...]:
    if followed.outcome in set(permit_guide.Outcome):
        return (_("This guide never says that a project conforms: planning decides, on the file."),)
    return ()
