"""Importing a list of subscribers: only lines that prove their consent."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from io import StringIO

from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.newsletter.models import Consent, ContactPoint, Subscription
from parvis.apps.newsletter.queries.points import by_target, digest
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, clean_target, enrol
from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses
from parvis.lib import clock
from parvis.lib.errors import Invalid

COLUMNS = ("channel", "target", "language", "kinds", "address", "consent_date", "consent_source", "consent_words")
MOST_LINES = 20_000
Channel, Kind = ContactPoint.Channel, Subscription.Kind


@dataclass(frozen=True)
class SubscriberImport:
    """What an import did: lines taken, lines known already, and (line number, why) of those refused."""

    taken: int
    known: int
    refused: tuple[tuple[int, str], ...]


def import_subscribers(*, text: str, name: str, by: User) -> SubscriberImport:
    """Imports a CSV file with the columns COLUMNS, from the text of it; `name` is kept as the evidence.

    Each line stands alone: one without a date, a source and the words of the consent is refused, and the others are
    taken, each in its own transaction: a file sent again takes the rest. Someone who left, whose address was
    suppressed, or who was erased by law, is not brought back. Raises Invalid (file), with nothing taken, for what is
    not such a file.
    """
    rows = csv.DictReader(StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text))
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise Invalid.in_field("file", _("These columns are missing: %(names)s.") % {"names": ", ".join(missing)})
    taken, known, refused = 0, 0, list[tuple[int, str]]()
    for number, row in enumerate(list(_bounded(rows)), start=2):
        values = {column: (row.get(column) or "").strip() for column in COLUMNS}
        try:
            new = _take(values, f"{name}, {number}", by)
        except Invalid as error:
            refused.append((number, error.first_error))
        else:
            taken, known = taken + new, known + (not new)
    return SubscriberImport(taken, known, tuple(refused))


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _bounded(rows: Iterable[dict[str, str]]) -> Iterable[dict[str, str]]:
    for rank, row in enumerate(rows):
        if rank >= MOST_LINES:
            raise Invalid.in_field("file", _("This file has more than %(n)d lines: cut it in two.") % {"n": MOST_LINES})
        yield row


def _take(values: dict[str, str], evidence: str, by: User) -> bool:
    """Enrols the person of a line; False when the address was known. Raises Invalid with what is wrong in the line."""
    channel = values["channel"].lower() or Channel.EMAIL
    if channel not in Channel.values:
        raise Invalid(_("The channel is email, text or voice."))
    kinds = {kind for kind in values["kinds"].replace(",", " ").lower().split() if kind}
    if not kinds or not kinds <= set(Kind.values):
        raise Invalid(_("The kinds are news, alerts, or both."))
    given = _date(values["consent_date"])
    if not values["consent_source"] or not values["consent_words"]:
        raise Invalid(_("No proof of consent: write where it was given, and the words that were shown."))
    address = _address(values["address"])
    wanted = Wanted(news=Kind.NEWS in kinds, alerts=Kind.ALERTS in kinds, places=[address] if address else None)
    proof = f"{given.isoformat()}, {values['consent_source']} ({evidence})"
    origin = Origin(Consent.Via.IMPORT, words=values["consent_words"], evidence=proof, clerk=by)
    target = clean_target(channel, values["target"])
    if by_target(channel, target):
        return False
    if ContactPoint.objects.filter(digest=digest(target), target="").exists():
        raise Invalid(_("This person was erased by law: an old list does not bring them back."))
    enrol(channel=channel, target=values["target"], language=values["language"] or "fr", wanted=wanted, origin=origin)
    return True


def _date(text: str) -> date:
    try:
        given = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("No proof of consent: write its date as 2026-11-28.")) from error
    if given > clock.today():
        raise Invalid(_("The date of the consent is to come."))
    return given


def _address(text: str) -> Address | None:
    if not text:
        return None
    address = addresses.exact(text)
    if address is None:
        raise Invalid(_("The address “%(address)s” is not one of the town.") % {"address": text})
    return address
