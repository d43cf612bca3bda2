"""The data a browser caches to work offline: subjects, questions, short answers, phones; nothing personal."""

from typing import Any

from django.conf import settings

from parvis.apps.catalogue.models import Question, Subject
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.rendering import Rendered
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.models import Reservation
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.i18n.languages import LANGUAGES
from parvis.lib.words import fold


def kit(user: User, lang: str, unused: list[Reservation]) -> dict[str, Any]:
    """The kit as JSON values, in the agent's language; the answers in both languages, to be read aloud.

    `now` is the server's time: the browser corrects its clock by it. `zone`: that of the town,
    by whose date answers end.
    """
    calendar = working_calendar()
    return {
        "now": now().isoformat(),
        "zone": settings.TIME_ZONE,
        "made": quebec.moment(calendar.local(now()), lang),
        "agent": user.display_name,
        "families": [
            {"title": family.title, "subjects": [card.slug for card in family.cards if card.routable]}
            for family in answers.families(lang)
        ],
        "subjects": _subjects(lang),
        "phones": _phones(),
        "unused": [
            {
                "reference": reservation.reference,
                "agent": reservation.agent.display_name,
                "when": quebec.day_short(calendar.local(reservation.reserved_at), lang),
            }
            for reservation in unused
        ],
    }


def _subjects(lang: str) -> dict[str, dict[str, Any]]:
    subjects = Subject.objects.filter(active=True, routable=True).prefetch_related("questions")
    return {subject.slug: _subject(subject, lang) for subject in subjects}


def _subject(subject: Subject, lang: str) -> dict[str, Any]:
    card = answers.card(subject.slug, lang)
    return {
        "title": subject.title,
        "nature": subject.nature,
        "place": subject.place,
        "urgent": subject.urgent,
        "department": card.department if card else "",
        "promise": card.promise_words if card else "",
        "questions": [_question(question, lang) for question in subject.questions.all()],
        "short": {code: answer for code in LANGUAGES if (answer := _short_answer(subject.slug, code))},
    }


def _short_answer(slug: str, lang: str) -> dict[str, str] | None:
    """The words to read aloud, and the last day when all their facts are valid; None when a fact must be checked."""
    answer: Rendered | None = answers.published(slug, lang)
    if answer is None or not answer.short or answer.to_check or answer.short.lang != lang:
        return None
    ends = [fact.valid_to.isoformat() for fact in answer.used if fact.valid_to]
    calendar = working_calendar()
    ends += [calendar.local(each.until).date().isoformat() for each in answer.advisories if each.until]
    return {"words": answer.short.plain, "until": min(ends, default="")}


def _question(question: Question, lang: str) -> dict[str, Any]:
    return {
        "key": question.key,
        "kind": question.kind,
        "label": question.label,
        "hint": question.hint,
        "required": question.required,
        "choices": [
            {"value": str(choice["value"]), "label": str(choice.get(lang) or choice["fr"])}
            for choice in question.choices
        ],
    }


def _phones() -> list[dict[str, str]]:
    departments = Department.objects.filter(active=True).exclude(phone="", extension="")
    return [
        {
            "name": department.name,
            "phone": quebec.phone(department.phone) if department.phone else "",
            "dial": department.phone,
            "ext": department.extension,
        }
        for department in sorted(departments, key=lambda row: (row.kind == Department.Kind.EXTERNAL, fold(row.name)))
    ]
