"""Requests: sent, listed, read one by one; tokens, photos."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from parvis.apps.files.web import respond as respond_file
from parvis.apps.idempotency.services import SentOtherwise
from parvis.apps.matching.queries.suggesting import plain_danger
from parvis.apps.open311.queries.server import requests as request_queries
from parvis.apps.open311.services.server.submitting import WrongMedia, submit_request
from parvis.lib import clock
from parvis.lib.errors import Invalid, or_not_found
from parvis.lib.ids import parse_reference
from parvis.lib.program_headers import idempotency_key
from parvis.surfaces.open311 import shown
from parvis.surfaces.open311.errors import Failure
from parvis.surfaces.open311.filtering import MOST_IDS, next_page, read_filters, read_page, several
from parvis.surfaces.open311.gate import Asked, endpoint, in_jurisdiction, with_key
from parvis.surfaces.open311.reporting import fingerprint_of, read_report
from parvis.surfaces.open311.wire import Items, respond

BUSY = timedelta(seconds=5)
_NAMES = {"words": "description", "place": "lat, long, address_string", "name": "first_name, last_name"}
_CONTACT = ("email", "phone", "reach")


def _create(asked: Asked) -> HttpResponse:
    chosen = idempotency_key(asked.request)
    if chosen is None:
        raise Failure(_("Idempotency-Key is 200 printable characters at most."), reason="idempotency-key")
    report = read_report(asked)
    assert asked.key is not None
    try:
        sent = submit_request(api_key=asked.key, report=report, fingerprint=fingerprint_of(asked), chosen_key=chosen)
    except WrongMedia as refused:
        retry_at = clock.now() + BUSY if refused.busy else None
        raise Failure(str(refused), reason="media", retry_at=retry_at) from refused
    except SentOtherwise as refused:
        raise Failure(str(refused), reason="idempotency-key") from refused
    except Invalid as refused:
        raise Failure(_named(refused, set(report.request.details or ())), reason="invalid") from refused
    values = {
        "service_request_id": sent.case.reference,
        "service_notice": _notice(sent.case.words, sent.due_words),
        "account_id": asked.text("account_id")[:100],
    }
    response = respond(asked.form, "service_requests", Items("request", [values]), status=201 if sent.created else 200)
    response["Location"] = asked.request.build_absolute_uri(f"/open311/v2/requests/{sent.case.reference}.{asked.form}")
    response["Cache-Control"] = "no-store"
    return response


def _named(refused: Invalid, questions: set[str]) -> list[str]:
    """The errors of a refusal, each after the name of its parameter."""
    names = {key: key if key in _CONTACT else f"attribute[{key}]" for key in {*questions, *refused.fields}} | _NAMES
    texts = [f"{names[key]}: {text}" for key, text in refused.fields.items()]
    return texts or [str(refused)]


def _notice(words: str, promise: str) -> str:
    """What to read at once: what to do in a danger that the words say plainly, then the promise.

    Those told in passing are found by a job, which alerts the desk (`submitting.weigh_danger`).
    """
    danger = plain_danger(words) if words.strip() else None
    return " ".join(filter(None, [danger.say if danger else "", promise]))


def _list(asked: Asked) -> HttpResponse:
    """The requests asked for by their numbers, else those that match, the newest first."""
    if references := several(asked, "service_request_id", MOST_IDS):
        rows = request_queries.asked([_reference(text) for text in references], key=asked.key, sectors=asked.sectors)
        return respond(asked.form, "service_requests", shown.requests(asked, rows))
    filters = read_filters(asked)
    page, offset, size = read_page(asked)
    result = request_queries.newest(filters, key=asked.key, offset=offset, limit=size)
    response = respond(asked.form, "service_requests", shown.requests(asked, result.rows))
    if result.more:
        response["Link"] = next_page(asked, page, size)
    return response


def _reference(text: str) -> str:
    """The reference as it is stored, however it was typed."""
    return str(parse_reference(text) or text[:20])


def _one(asked: Asked, *, reference: str) -> HttpResponse:
    rows = request_queries.asked([_reference(reference)], key=asked.key, sectors=asked.sectors)
    if not rows:
        text = _("service_request_id is unknown, or this request is not public: %(id)s.") % {"id": reference[:40]}
        raise Failure(text, status=404, reason="request-unknown")
    return respond(asked.form, "service_requests", shown.requests(asked, rows))


def _token(asked: Asked, *, token: str) -> HttpResponse:
    """The number of a request by its token. Numbers are given at once, and are the only tokens."""
    rows = request_queries.asked([_reference(token)], key=asked.key, sectors=asked.sectors)
    if not rows:
        raise Failure(_("token is unknown: %(id)s.") % {"id": token[:40]}, status=404, reason="token-unknown")
    values = {"service_request_id": rows[0].case.reference, "token": token}
    return respond(asked.form, "service_requests", Items("request", [values]))


requests = endpoint(
    get=in_jurisdiction(with_key(_list, required=False)), post=in_jurisdiction(with_key(_create, required=True))
)
one = endpoint(get=in_jurisdiction(with_key(_one, required=False)))
token = endpoint(get=in_jurisdiction(with_key(_token, required=False)))


@require_safe
def photo(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """A published photo. Raises NotFound for any other."""
    attachment = or_not_found(request_queries.photo_of(str(key)), _("This file does not exist."))
    response = respond_file(attachment)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
