"""What the signed heads cover: logs that are only ever added to, and checks of rows that may change.

An app above this one registers its own in the `ready()` of its `apps.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Greatest

from parvis.apps.billing.models import Leg, Payment
from parvis.apps.cases.models import Entry, Opinion
from parvis.apps.directory.models import AccessLogEntry
from parvis.apps.households.models import PickUpRestriction
from parvis.apps.mail.models import Outgoing

ENTRIES, READINGS, LETTERS = "entries", "readings", "letters"
OPINIONS, LEDGER, PAYMENTS, RESTRICTIONS = "opinions", "ledger", "payments", "restrictions"
Row = tuple[Any, ...]
Found = Iterator[tuple[str, str]]


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


def _line(row: Row) -> str:
    return " ".join(map(_plain, row[1:]))


@dataclass(frozen=True)
class SignedLog:
    """One log: its name in words, and its rows, the first column of each being the moment when it was written, in that
    order. `line`: what a head covers of a row; a row that is changed or removed by law keeps its line.
    """

    words: str
    rows: "Callable[[], QuerySet[Any, Any]]"
    line: Callable[[Row], str] = _line

    def __call__(self) -> "QuerySet[Any, Any]":
        """The rows."""
        return self.rows()


def _entries() -> "QuerySet[Any, Any]":
    """Imported entries count when they were imported."""
    rows = Entry.objects.annotate(written=Coalesce("recorded_at", "at")).order_by("written", "pk")
    return rows.values_list("written", "case__reference", "seq", "hash")


def _readings() -> "QuerySet[Any, Any]":
    rows = AccessLogEntry.objects.annotate(written=F("at")).order_by("written", "pk")
    return rows.values_list("written", "user_id", "subject", "subject_id", "stated", "request_id", "at", "reason")


def _letters() -> "QuerySet[Any, Any]":
    """A letter counts when it was sent; its hash outlives its words."""
    rows = Outgoing.objects.exclude(sent_at=None).exclude(content_hash="").annotate(written=F("sent_at"))
    return rows.order_by("written", "pk").values_list("written", "key", "content_hash")


def _opinions() -> "QuerySet[Any, Any]":
    """That each was given, and not before its closing was recorded; its seal tells whether it is as it was given."""
    recorded = Greatest("given_at", Coalesce("closing__recorded_at", "given_at"))
    rows = Opinion.objects.annotate(written=recorded).order_by("written", "pk")
    return rows.values_list("written", "closing_id", "case__reference", "given_at")


def _legs() -> "QuerySet[Any, Any]":
    """A leg counts when it was posted, which may be after the moment of the money."""
    posted = Coalesce("transaction__posted_at", "transaction__at")
    rows = Leg.objects.annotate(written=posted).order_by("written", "transaction_id", "pk")
    names = ("key", "what", "at", "by_id", "reverses_id")
    return rows.values_list("written", *(f"transaction__{name}" for name in names), "account", "cents", "invoice_id")


def _payments() -> "QuerySet[Any, Any]":
    posted = Coalesce("transaction__posted_at", "transaction__at")
    rows = Payment.objects.annotate(written=posted).order_by("written", "pk")
    amounts = ("cents", "tendered_cents", "handed_cents")
    return rows.values_list("written", "key", "number", "invoice_id", "method", *amounts, "received_at", "received_by")


def _restrictions() -> "QuerySet[Any, Any]":
    """That each was recorded; its seal tells whether it is as it was."""
    rows = PickUpRestriction.objects.annotate(written=F("made_at")).order_by("written", "pk")
    return rows.values_list("written", "pk", "child_id", "document", "document_on", "made_by", "made_at")


LOGS: dict[str, SignedLog] = {
    ENTRIES: SignedLog("the journals", _entries),
    READINGS: SignedLog("the log of readings", _readings),
    LETTERS: SignedLog("the letters sent", _letters),
    OPINIONS: SignedLog("the opinions of citizens", _opinions),
    LEDGER: SignedLog("the ledger", _legs),
    PAYMENTS: SignedLog("the payments", _payments),
    RESTRICTIONS: SignedLog("the decisions of courts", _restrictions),
}


def check_opinions() -> Found:
    """The opinions that are not as they were given: (name, problem)."""
    for opinion in Opinion.objects.select_related("case", "closing").order_by("pk").iterator(chunk_size=2000):
        if opinion.seal != opinion.sealed():
            yield f"opinion on {opinion.case.reference}, entry {opinion.closing.seq}", _altered(opinion.seal)


def check_restrictions() -> Found:
    """The decisions of courts that are not as they were recorded: (name, problem). Nobody is named."""
    for row in PickUpRestriction.objects.order_by("pk").iterator(chunk_size=2000):
        if row.seal != row.sealed():
            yield f"decision of a court number {row.pk} ({_shown(row.made_at)})", _altered(row.seal)


CHECKS: list[Callable[[], Found]] = [check_opinions, check_restrictions]


def _altered(seal: str) -> str:
    return "it was altered" if seal else "it was written by other means than the service"


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
