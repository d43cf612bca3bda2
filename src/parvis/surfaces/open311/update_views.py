"""The steps of requests, in the shape of FixMyStreet's extension `servicerequestupdates`."""

from django.http import HttpResponse

from parvis.apps.cases.models import ClosingReason
from parvis.apps.cases.queries.replies import entry_name
from parvis.apps.open311.queries.server.updates import Update
from parvis.apps.open311.queries.server.updates import updates as steps
from parvis.lib.ids import parse_reference
from parvis.surfaces.open311.filtering import MOST_IDS, next_page, read_page, read_steps, several
from parvis.surfaces.open311.gate import Asked, endpoint, in_jurisdiction, with_key
from parvis.surfaces.open311.moments import written
from parvis.surfaces.open311.wire import Items, respond


def _list(asked: Asked) -> HttpResponse:
    """The steps of a range of time, the oldest first."""
    start, end = read_steps(asked)
    page, offset, size = read_page(asked)
    wanted = [str(parse_reference(text) or text[:20]) for text in several(asked, "service_request_id", MOST_IDS)]
    rows, more = steps(
        start, end, references=wanted, key=asked.key, sectors=asked.sectors, offset=offset, limit=size
    )  # fmt: skip
    response = respond(asked.form, "service_request_updates", Items("request_update", [_shown(row) for row in rows]))
    if more:
        response["Link"] = next_page(asked, page, size)
    return response


def _shown(row: Update) -> dict[str, str]:
    return {
        "update_id": row.number,
        "service_request_id": row.entry.case.reference,
        "status": str(row.status),
        "updated_datetime": written(row.entry.at),
        "description": _words(row),
        "media_url": "",
    }


def _words(row: Update) -> str:
    """What happened, in words of ours: those written to the citizen are theirs alone."""
    reason = row.entry.data.get("reason", "")
    if reason in ClosingReason.values:
        return str(ClosingReason(reason).label)
    return entry_name(row.entry, ())


updates = endpoint(get=in_jurisdiction(with_key(_list, required=False)))
