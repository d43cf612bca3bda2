"""The answers of one address as computed answers: collections, parking tonight, works, buses.

Each is a function of `daily.queries`; here it gets the shape that every computed answer has, so that an agent's words,
a program's and what a `Given` keeps are made of the same thing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Subject
from parvis.apps.knowledge.calculators.base import CalculationText, Computed, FactBook, Row, compute, sample
from parvis.apps.places.models import Address
from parvis.apps.schedules import queries as schedules
from parvis.apps.schedules.provenance import zone
from parvis.apps.schedules.queries.address import AHEAD
from parvis.lib import clock
from parvis.lib.errors import NotFound
from parvis.lib.languages import LANGUAGES

PARTS: tuple[str, ...] = tuple(Subject.Computed.values)


def at_address(part: str, address: Address, *, moment: datetime | None = None) -> Computed[dict[str, Any]]:
    """One part (a value of `catalogue.Subject.Computed`) of what is known of an address at a moment, now by default.

    `address.street` and `address.sector` should be read. NotFound for a part that does not exist. What the result holds
    depends on the part: states and days, never words.
    """
    if part not in PARTS:
        raise NotFound(_("Nothing of that name is computed for an address."))
    at = moment or clock.now()
    local = at.astimezone(zone())
    told = {}
    for lang in LANGUAGES:
        with translation.override(lang):
            told[lang] = _TELL[part](address, at)
    inputs = {"address": address.label, "address_id": address.pk, "moment": local}
    return compute(part, FactBook([], local.date()), inputs, told["fr"][0], lambda lang: told[lang][1])


def _pickups(address: Address, at: datetime) -> tuple[dict[str, Any], CalculationText]:
    told = schedules.pickups(address, at)
    result = {
        stream.stream: {"state": stream.state, "day": stream.day, "until": stream.until} for stream in told.streams
    }
    rows = [Row(stream.title, stream.when or stream.brief, sample=sample(stream.example)) for stream in told.streams]
    notes = tuple(stream.booking.words for stream in told.streams if stream.booking)
    return {"sector": told.sector, "streams": result}, CalculationText(told.words, tuple(rows), notes)


def _tonight(address: Address, at: datetime) -> tuple[dict[str, Any], CalculationText]:
    told = schedules.tonight(address, at)
    result = {"verdict": told.verdict, "night": told.night, "operation": told.operation}
    return result, CalculationText(
        told.words
    )  # the note of whoever declared it is for the agents: it is no part of the answer


def _works(address: Address, at: datetime) -> tuple[dict[str, Any], CalculationText]:
    today = at.astimezone(zone()).date()
    told = schedules.works_touching(address, today, today + AHEAD, at)
    result = [
        {
            "notice": notice.pk,
            "stage": notice.stage,
            "sure": notice.sure,
            "from": notice.first_day,
            "until": notice.last_day,
        }
        for notice in told.notices
    ]
    rows = [
        Row(notice.title, notice.when, strong=notice.urgent, sample=sample(notice.example)) for notice in told.notices
    ]
    return {"notices": result, "until": today + AHEAD}, CalculationText(told.words, tuple(rows))


def _departures(address: Address, at: datetime) -> tuple[dict[str, Any], CalculationText]:
    told = schedules.departures(address, at)
    lines = [{"line": line.short, "stop": line.stop.number, "times": line.times} for line in told.lines]
    rows = [
        Row(f"{line.short} {line.headsign}".strip(), f"{line.hours}, {line.stop.name}", sample=sample(told.example))
        for line in told.lines
    ]
    notes = (told.booking,) if told.booking else ()
    return {"state": told.state, "lines": lines, "until": told.until}, CalculationText(told.words, tuple(rows), notes)


_TELL: dict[str, Callable[[Address, datetime], tuple[dict[str, Any], CalculationText]]] = {
    Subject.Computed.PICKUPS: _pickups,
    Subject.Computed.TONIGHT: _tonight,
    Subject.Computed.WORKS: _works,
    Subject.Computed.DEPARTURES: _departures,
}
