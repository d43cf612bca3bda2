"""Computed answers for one address: collections, parking tonight, road works, buses.

Each is a function of `schedules.queries`, converted here to the common form of computed answers.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.calculators.queries.base import CalculationText, Computed, FactBook, Row, compute, sample
from parvis.apps.catalogue.models import Subject
from parvis.apps.content.queries.address import advisories_at, led_by
from parvis.apps.content.queries.advisories import NOTICE
from parvis.apps.places.models import Address
from parvis.apps.schedules.queries import collections, parking, transit
from parvis.apps.schedules.queries.address import AHEAD
from parvis.apps.schedules.queries.provenance import zone
from parvis.apps.schedules.queries.works import works_touching
from parvis.lib import clock
from parvis.lib.errors import NotFound
from parvis.lib.i18n.languages import LANGUAGES

PARTS: tuple[str, ...] = tuple(Subject.Computed.values)


def at_address(part: str, address: Address, *, moment: datetime | None = None) -> Computed[dict[str, Any]]:
    """One part (a value of `catalogue.Subject.Computed`) of the schedules of an address, now by default.

    `address.street` and `address.sector` should be loaded. Raises NotFound for an unknown part. The content of the
    result depends on the part: states and days, never words.
    """
    if part not in PARTS:
        raise NotFound(_("Nothing of that name is computed for an address."))
    at = moment or clock.now()
    local = at.astimezone(zone())
    answers = {}
    for lang in LANGUAGES:
        with translation.override(lang):
            answers[lang] = _PARTS[part](address, at)
    inputs = {"address": address.label, "address_id": address.pk, "moment": local}
    return compute(part, FactBook([], local.date()), inputs, answers["fr"][0], lambda lang: answers[lang][1])


def _pickups(address: Address, at: datetime) -> tuple[dict[str, Any], CalculationText]:
    pickups = collections.pickups(address, at)
    words = _led(Subject.Computed.PICKUPS, address, at, pickups.words)
    streams = {each.stream: {"state": each.state, "day": each.day, "until": each.until} for each in pickups.streams}
    rows = tuple(Row(each.title, each.when or each.brief, sample=sample(each.example)) for each in pickups.streams)
    notes = tuple(each.booking.words for each in pickups.streams if each.booking)
    return {"sector": pickups.sector, "streams": streams}, CalculationText(words, rows, notes)


def _tonight(address: Address, at: datetime) -> tuple[dict[str, Any], CalculationText]:
    tonight = led_by(parking.tonight(address, at), advisories_at(address, at))
    result = {"verdict": tonight.verdict, "night": tonight.night, "operation": tonight.operation}
    return result, CalculationText(tonight.words)  # without the operation's note, meant for agents


def _works(address: Address, at: datetime) -> tuple[dict[str, Any], CalculationText]:
    today = at.astimezone(zone()).date()
    works = works_touching(address, today, today + AHEAD, at)
    names = {"notice": "pk", "stage": "stage", "sure": "sure", "from": "first_day", "until": "last_day"}
    notices = [{name: getattr(each, field) for name, field in names.items()} for each in works.notices]
    rows = [Row(each.title, each.when, strong=each.urgent, sample=sample(each.example)) for each in works.notices]
    return {"notices": notices, "until": today + AHEAD}, CalculationText(_told(address, at, works.words), tuple(rows))


def _led(topic: str, address: Address, at: datetime, words: str) -> str:
    """The words, begun by what is in force on that topic at the address."""
    return " ".join([*(each.words for each in advisories_at(address, at, topic)), words])


def _told(address: Address, at: datetime, words: str) -> str:
    """The words about works, which tell the road and water notices already, begun by what else is in force."""
    told = (each for each in advisories_at(address, at, Subject.Computed.WORKS) if each.key.startswith(NOTICE))
    return " ".join([*(each.words for each in told), words])


def _departures(address: Address, at: datetime) -> tuple[dict[str, Any], CalculationText]:
    buses = transit.departures(address, at)
    lines = [{"line": line.short, "stop": line.stop.number, "times": line.times} for line in buses.lines]
    mark, rows = sample(buses.example), []
    for line in buses.lines:
        rows.append(Row(f"{line.short} {line.headsign}".strip(), f"{line.hours}, {line.stop.name}", sample=mark))
    text = CalculationText(buses.words, tuple(rows), (buses.booking,) if buses.booking else ())
    return {"state": buses.state, "lines": lines, "until": buses.until}, text


_PARTS: dict[str, Callable[[Address, datetime], tuple[dict[str, Any], CalculationText]]] = {
    Subject.Computed.PICKUPS: _pickups,
    Subject.Computed.TONIGHT: _tonight,
    Subject.Computed.WORKS: _works,
    Subject.Computed.DEPARTURES: _departures,
}
