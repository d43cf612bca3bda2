"""Addresses, and the day of one."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop
from ninja import Router
from ninja.params.functions import Path, Query

from parvis.apps.content.queries.address import AddressDay, at_address
from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses
from parvis.lib import clock
from parvis.lib.errors import Invalid, or_not_found
from parvis.surfaces.api import schemas
from parvis.surfaces.api.gate import anyone

router = Router()
AROUND = timedelta(days=366)
Day = date
NEAR = gettext_noop("Within a year of today; now by default.")


@router.get(
    "/addresses",
    **anyone(),
    response={200: schemas.AddressesOut, **schemas.errors(400, 401, 422, 429)},
    summary=gettext_noop("Find an address"),
    description=gettext_noop("The addresses that begin with what is typed, the likeliest first."),
)
def find_addresses(
    request: HttpRequest,
    q: str = Query(min_length=2, max_length=120),
    limit: int = Query(8, ge=1, le=20),
) -> Any:
    return {"items": [_address(address) for address in addresses.complete(q, limit=limit)]}


@router.get(
    "/addresses/{address_id}/day",
    **anyone(),
    response={200: schemas.DayOut, **schemas.errors(400, 401, 404, 422, 429)},
    summary=gettext_noop("The day of an address"),
    description=gettext_noop(
        "What is in force first, then collections, parking tonight, works and notices. What the town does not know is "
        "said to be unknown."
    ),
)
def address_day(
    request: HttpRequest,
    address_id: int = Path(ge=1, le=schemas.LARGEST_ID),
    date: Day | None = Query(None, description=NEAR),  # noqa: B008
) -> Any:
    address = or_not_found(addresses.by_id(address_id), gettext("The town has no such address."))
    return _day(at_address(address, _moment(date)))


def _moment(day: date | None) -> datetime | None:
    if day is None:
        return None
    today = clock.today()
    if not today - AROUND <= day <= today + AROUND:
        raise Invalid.in_field("date", gettext("Choose a day within a year of today."))
    return datetime.combine(day, time(12), ZoneInfo(settings.TIME_ZONE))


def _address(address: Address) -> dict[str, Any]:
    point = address.point
    return {
        "id": address.pk,
        "label": address.label,
        "street": address.street.name,
        "latitude": point[0] if point else None,
        "longitude": point[1] if point else None,
    }


def _day(told: AddressDay) -> dict[str, Any]:
    tonight = told.tonight
    return {
        "address": _address(told.address),
        "day": told.today,
        "notices": [each.as_values for each in told.advisories],
        "collections": [
            {
                "stream": row.stream,
                "title": row.title,
                "state": str(row.state),
                "day": row.day,
                "later": list(row.later),
                "words": row.words,
                "note": row.note,
                "example": row.example,
            }
            for row in told.pickups.streams
        ],
        "collections_words": told.pickups.words,
        "parking": {
            "verdict": str(tonight.verdict),
            "night": tonight.night,
            "begins": tonight.begins,
            "ends": tonight.ends,
            "words": tonight.words,
            "example": tonight.example,
        },
        "works": [
            {
                "id": row.pk,
                "kind": row.kind,
                "stage": str(row.stage),
                "certain": row.sure,
                "title": row.title,
                "place": row.place,
                "words": row.words,
                "first_day": row.first_day,
                "last_day": row.last_day,
                "example": row.example,
            }
            for row in told.works.notices
        ],
        "works_words": told.works.words,
    }
