"""A decision as plain values, for the programs that ask: `parvis ask --json` and the API give the same."""

from datetime import date
from typing import Any

from django.conf import settings

from parvis.apps.content.rules.advisory import Advisory
from parvis.apps.matching.queries.asking import Resolution, ask
from parvis.apps.places.models import Address
from parvis.lib import quebec


def ask_as_json(
    text: str, lang: str | None = None, *, address: Address | None = None, day: date | None = None
) -> dict[str, Any]:
    """What `ask` decides, as plain values: the contract of `parvis ask --json` and of `POST /api/v1/ask`."""
    resolution = ask(text, lang, address=address, day=day)
    return _as_json(resolution) | {"parts": [_as_json(part, of=True) for part in resolution.parts]}


def _as_json(resolution: Resolution, *, of: bool = False) -> dict[str, Any]:
    """A resolution as plain values: see `ask_as_json`. `of`: it is a part of a longer message. `notices` only
    when something is in force on its subject.
    """
    clarify = resolution.clarify
    text: dict[str, Any] = {"text": resolution.text} if of else {}
    if resolution.advisories:
        text["notices"] = [_notice(advisory) for advisory in resolution.advisories]
    return text | {
        "kind": resolution.kind,
        "topics": [{"slug": topic.slug, "score": round(topic.score, 4)} for topic in resolution.topics],
        "lang": resolution.lang,
        "confidence": resolution.confidence,
        "answer": _answer(resolution),
        "route": {"type": resolution.way.slug, "department": resolution.way.department} if resolution.way else None,
        "clarify": clarify
        and {
            "question": clarify.question,
            "choices": [{"label": choice.label, "slug": choice.slug} for choice in clarify.choices],
        },
        "danger": resolution.danger is not None,
        "caution": resolution.caution,
        "door": _contact(resolution),
    }


def _notice(advisory: Advisory) -> dict[str, Any]:
    values = advisory.as_values
    moments = {name: values[name].isoformat() if values[name] else None for name in ("since", "until")}
    return values | moments


def _contact(resolution: Resolution) -> dict[str, str] | None:
    """Whom to contact: the emergency line in case of danger, else the external body of an out-of-scope topic."""
    if resolution.danger:
        line = next((line for line in resolution.danger.lines if not line.after_911), None)
        name = (line.en if resolution.lang == "en" else line.fr) if line else quebec.phone(resolution.danger.phone)
        return {"name": name, "phone": line.number if line else resolution.danger.phone, "url": ""}
    body = resolution.other.external_body if resolution.other else None
    return {"name": body.name, "phone": body.phone, "url": body.website} if body and body.name else None


def _answer(resolution: Resolution) -> dict[str, Any] | None:
    answer, water = resolution.answer, resolution.water
    if water:
        url = f"{settings.PARVIS_URL}/mon-adresse/?voir=boil-water"
        return {"title": water.title, "short": water.words, "url": url, "facts": []}
    if answer is None:
        return None
    return {
        "title": answer.title,
        "short": answer.short.plain,
        "url": f"{settings.PARVIS_URL}/reponses/{answer.slug}/",
        "facts": [{"key": fact.key, "label": fact.label, "value": fact.shown} for fact in answer.facts if fact.told],
    }
