"""Asking, and reading what the town answers."""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, gettext, gettext_noop
from ninja import Router
from ninja.params.functions import Path, Query

from parvis.apps.content.queries import advisories, answers
from parvis.apps.content.queries.rendering import Rendered, ShownFact
from parvis.apps.content.queries.snapshot import SubjectCard
from parvis.apps.insight.services.learning import note_unfound_from
from parvis.apps.matching.queries.as_json import ask_as_json
from parvis.apps.places.queries import addresses
from parvis.lib.errors import NotFound
from parvis.lib.i18n.languages import clean
from parvis.lib.limits import client_address
from parvis.surfaces.api import schemas
from parvis.surfaces.api.gate import anyone

router = Router()
PAGE = 50


@router.post(
    "/ask",
    **anyone(),
    response={200: schemas.AskOut, **schemas.errors(400, 401, 415, 422, 429)},
    exclude_unset=True,
    summary=gettext_noop("Ask a question"),
    description=gettext_noop("What the town answers to words, as it would at the desk; also what it does not know."),
)
def ask(request: HttpRequest, body: schemas.AskIn) -> Any:
    address = addresses.exact(body.address) if body.address else None
    found = ask_as_json(body.text, body.lang, address=address, day=body.date)
    if found["kind"] == "none" and not any(found[name] for name in ("answer", "clarify", "danger", "door", "parts")):
        note_unfound_from(client=client_address(request), words=body.text, language=found["lang"])
    return {"id": body.id, **found}


@router.get(
    "/answers",
    **anyone(),
    response={200: schemas.AnswersOut, **schemas.errors(400, 401, 422, 429)},
    summary=gettext_noop("List the subjects"),
    description=gettext_noop("Every subject that the town answers, or for which it takes requests, by its slug."),
)
def list_answers(
    request: HttpRequest,
    cursor: str = Query("", max_length=200),
    limit: int = Query(PAGE, ge=1, le=200),
) -> Any:
    cards = sorted((card for family in answers.families(_language()) for card in family.cards), key=lambda c: c.slug)
    rows = [card for card in cards if card.slug > cursor]
    more = len(rows) > limit
    return {"items": [_line(card) for card in rows[:limit]], "next": rows[limit - 1].slug if more else None}


@router.get(
    "/answers/{slug}",
    **anyone(),
    response={200: schemas.AnswerOut, **schemas.errors(400, 401, 404, 422, 429)},
    summary=gettext_noop("Read an answer"),
    description=gettext_noop(
        "The answer on a subject with its facts of today and their sources; it begins with the notices in force."
    ),
)
def read_answer(
    request: HttpRequest,
    slug: str = Path(max_length=200),
    audience: str = Query("resident", max_length=20),
) -> Any:
    known = answers.audiences_of(slug)
    found = answers.subject(slug, _language(), audience if audience in known else "resident")
    if found is None:
        raise NotFound(gettext("The town has no such subject."))
    card, answer = found
    first = answer.advisories if answer else advisories.advisories_on(slug, card.computed, _language())
    notices = [each.as_values for each in first]
    return _line(card) | _whole(answer) | {"notices": notices, "may_request": card.routable}


def _language() -> str:
    return clean(get_language())


def _line(card: SubjectCard) -> dict[str, Any]:
    return {
        "slug": card.slug,
        "title": card.title,
        "summary": card.summary,
        "kind": card.kind,
        "family": card.group,
        "department": card.department,
        "url": f"{settings.PARVIS_URL}/reponses/{card.slug}/",
    }


def _whole(answer: Rendered | None) -> dict[str, Any]:
    if answer is None:
        empty: dict[str, Any] = {name: [] for name in ("steps", "documents", "fees", "links", "facts")}
        return empty | {"lang": _language(), "short": "", "html": "", "review_on": None}
    return {
        "lang": answer.short.lang,
        "short": answer.short.plain,
        "html": str(answer.body_html),
        "steps": [{"title": step.title.plain, "text": step.text.plain} for step in answer.steps],
        "documents": [words.plain for words in answer.documents],
        "fees": [words.plain for words in answer.fees],
        "links": [{"label": link.label, "url": urljoin(f"{settings.PARVIS_URL}/", link.url)} for link in answer.links],
        "facts": [_fact(fact) for fact in answer.facts],
        "review_on": answer.review_on,
    }


def _fact(fact: ShownFact) -> dict[str, Any]:
    return {
        "key": fact.key,
        "label": fact.label,
        "value": fact.shown if fact.told else None,
        "status": str(fact.status),
        "example": bool(fact.mark),
        "source": fact.source,
        "source_url": fact.source_url,
        "verified_on": fact.verified_on,
        "valid_to": fact.valid_to,
    }
