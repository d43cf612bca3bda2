"""What a browser keeps to answer without the server: subjects, questions, short answers, phones; nobody's data."""

from typing import Any

from parvis.apps.catalogue.models import Question, Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.models import Reservation
from parvis.apps.knowledge import queries as knowledge
from parvis.apps.knowledge.rendering import Rendered
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.languages import LANGUAGES
from parvis.lib.words import fold


def kit(user: User, lang: str, unused: list[Reservation]) -> dict[str, Any]:
    """The kit as plain JSON values, in the agent's language; the answers in both, to be read aloud.

    `now` is the moment of the server: the browser corrects its clock by it.
    """
    calendar = working_calendar()
    return {
        "now": now().isoformat(),
        "made": quebec.moment(calendar.local(now()), lang),
        "agent": user.display_name,
        "families": [
            {"title": family.title, "subjects": [card.slug for card in family.cards if card.routable]}
            for family in knowledge.families(lang)
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
    rows = Subject.objects.filter(active=True, routable=True).prefetch_related("questions")
    return {row.slug: _subject(row, lang) for row in rows}


def _subject(subject: Subject, lang: str) -> dict[str, Any]:
    card = knowledge.card(subject.slug, lang)
    return {
        "title": subject.title,
        "nature": subject.nature,
        "place": subject.place,
        "urgent": subject.urgent,
        "department": card.department if card else "",
        "promise": card.promise_words if card else "",
        "questions": [_question(question, lang) for question in subject.questions.all()],
        "short": {code: said for code in LANGUAGES if (said := _short(subject.slug, code))},
    }


def _short(slug: str, lang: str) -> dict[str, str] | None:
    """The words to say aloud and the last day when all their facts hold; None when one of them may not be told."""
    shown: Rendered | None = knowledge.published(slug, lang)
    if shown is None or not shown.short or shown.to_check or shown.short.lang != lang:
        return None
    ends = [fact.valid_to.isoformat() for fact in shown.used if fact.valid_to]
    return {"words": shown.short.plain, "until": min(ends, default="")}


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
    rows = Department.objects.filter(active=True).exclude(phone="", extension="")
    return [
        {
            "name": row.name,
            "phone": quebec.phone(row.phone) if row.phone else "",
            "dial": row.phone,
            "ext": row.extension,
        }
        for row in sorted(rows, key=lambda row: (row.kind == Department.Kind.EXTERNAL, fold(row.name)))
    ]
