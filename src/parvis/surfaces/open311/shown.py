"""A request as the public, or the program that sent it, reads it."""

from typing import Any

from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason
from parvis.apps.cases.queries.public_cases import (
    public_photos,
    public_place,
    public_point,
    public_promise,
    public_words,
)
from parvis.apps.open311.queries.server.requests import Shown
from parvis.apps.open311.rules.server.statuses import detailed_status_of, status_of
from parvis.surfaces.open311.gate import Asked
from parvis.surfaces.open311.moments import written
from parvis.surfaces.open311.wire import Items


def requests(asked: Asked, rows: list[Shown]) -> Items:
    """The requests, every element of each, whatever is known of it."""
    extended = asked.text("extensions").lower() in ("true", "1")
    return Items("request", [_request(asked, row, extended) for row in rows])


def _request(asked: Asked, row: Shown, extended: bool) -> dict[str, Any]:
    case, promise = row.case, public_promise(row.case)
    point = public_point(case) if row.public else None
    photos = public_photos(case) if row.public else []
    urls = [asked.request.build_absolute_uri(f"/open311/v2/photos/{photo.key}.jpg") for photo in photos]
    values: dict[str, Any] = {
        "service_request_id": case.reference,
        "status": str(status_of(case.state)),
        "status_notes": _status_notes(case),
        "service_name": case.subject.title,
        "service_code": case.subject.slug,
        "description": public_words(case) if row.public else "",
        "agency_responsible": case.department.name,
        "service_notice": promise.words,
        "requested_datetime": written(case.opened_at),
        "updated_datetime": written(case.changed_at if case.is_open else case.closed_at or case.changed_at),
        "expected_datetime": written(case.due_at if promise.day else None),
        "address": public_place(case) if row.public else "",
        "address_id": "",
        "zipcode": "",
        "lat": point[0] if point else None,
        "long": point[1] if point else None,
        "media_url": urls[0] if urls else "",
    }
    if extended:
        values["extended_attributes"] = {
            "detailed_status": str(detailed_status_of(case.state, case.closing_reason)),
            "closed_datetime": written(case.closed_at),
            "group": str(case.subject.group) if row.public else "",
            "media_urls": Items("media_url", urls),
        }
    return values


def _status_notes(case: Case) -> str:
    if case.is_open:
        return _("Waiting to be taken in charge.") if case.state == "new" else _("In progress.")
    reason = case.closing_reason
    return str(ClosingReason(reason).label) if reason in ClosingReason.values else ""
