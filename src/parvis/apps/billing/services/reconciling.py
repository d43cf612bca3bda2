"""A day compared: what the provider says of it, and what the ledger does, movement by movement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from django.conf import settings
from django.db import transaction

from parvis.apps.billing.channels.base import Movement
from parvis.apps.billing.channels.providers import provider
from parvis.apps.billing.models import LedgerAccount, Leg, PaymentAttempt, ReconciliationReport, Refund
from parvis.apps.billing.queries.counter import counter_of
from parvis.apps.billing.queries.oddities import OddCounter, OddMovement
from parvis.apps.billing.queries.reconciling import Odd, day_bounds, reconcile_day
from parvis.lib.clock import now
from parvis.lib.transport import TransportError

OURS = ("charge", "refund", "refund_failure")


@dataclass(frozen=True)
class Found:
    """Something odd: of which kind, what it concerns, the cents in question."""

    kind: str
    reference: str
    cents: int


@dataclass(frozen=True)
class ProviderSaid:
    """What came of the provider in a day, less what left; None when it did not say."""

    cents: int | None
    odd: tuple[Found, ...]


def compare_with_provider(*, day: date) -> ProviderSaid:
    """Asks the provider for its movements of a day of the town, and matches each with the ledger."""
    first, after = day_bounds(day)
    if not settings.PARVIS_PAYMENTS:
        movements: Sequence[Movement] = ()
    else:
        try:
            movements = list(provider().movements(first, after))
        except TransportError as failure:
            return ProviderSaid(None, (Found(OddMovement.SILENT, str(failure)[:100], 0),))
    theirs, other = _theirs(movements)
    return ProviderSaid(sum(theirs.values()), (*_differences(theirs, _ours(day)), *other))


def keep_report(
    *, day: date, said: ProviderSaid, registrations_cents: int, odd: Sequence[Found]
) -> ReconciliationReport:
    """Keeps what was found of a day, in the place of what an earlier comparison found."""
    with transaction.atomic():
        ledger = reconcile_day(day)
        found = [*(_of(one) for one in ledger.odd), *_of_counter(day), *said.odd, *odd]
        report, _new = ReconciliationReport.objects.update_or_create(
            day=day,
            defaults={
                "provider_cents": said.cents,
                "ledger_cents": ledger.ledger_cents,
                "registrations_cents": registrations_cents,
                "odd": [asdict(one) for one in found],
                "made_at": now(),
            },
        )
    return report


def _of_counter(day: date) -> list[Found]:
    counter = counter_of(day)
    difference = counter.left_cents - counter.ledger_cents
    return [Found(OddCounter.DIFFERS, day.isoformat(), difference)] if difference else []


def _of(odd: Odd) -> Found:
    values = asdict(odd)
    return Found(str(values["kind"]), values["reference"], values["cents"])


def _theirs(movements: Sequence[Movement]) -> tuple[dict[str, int], list[Found]]:
    """The cents of each payment and of each refund, by our key of it; and what is neither."""
    cents: dict[str, int] = defaultdict(int)
    other = []
    for one in movements:
        if one.what == "charge":
            cents[f"payment:{settings.PARVIS_PAYMENTS}:{one.payment_id}"] += one.cents
        elif one.what in OURS:
            cents[f"refund:{one.refund_key or one.identifier}"] += one.cents
        else:
            other.append(Found(OddMovement.OTHER, f"{one.words} {one.identifier}", one.cents))
    return dict(cents), other


def _ours(day: date) -> dict[str, int]:
    """The same, as the ledger has them."""
    first, after = day_bounds(day)
    legs = Leg.objects.filter(
        account=LedgerAccount.PROVIDER, transaction__at__gte=first, transaction__at__lt=after
    ).values_list("transaction__key", "cents")
    refunds = {key.split(":")[1] for key, _cents in legs if key.startswith("refund:")}
    keys = {str(pk): key for pk, key in Refund.objects.filter(pk__in=refunds).values_list("pk", "key")}
    cents: dict[str, int] = defaultdict(int)
    for key, value in legs:
        what, _colon, rest = key.partition(":")
        cents[f"refund:{keys[rest.partition(':')[0]]}" if what == "refund" else key] += value
    return dict(cents)


def _differences(theirs: Mapping[str, int], ours: Mapping[str, int]) -> list[Found]:
    odd = []
    for key in sorted(set(theirs) | set(ours)):
        there, here = theirs.get(key, 0), ours.get(key, 0)
        if there == here:
            continue
        kind = OddMovement.AMOUNT if there and here else OddMovement.THERE if there else OddMovement.HERE
        odd.append(Found(kind, reference_of(key), there - here))
    return odd


def reference_of(key: str) -> str:
    """The number of the invoice that a payment or a refund concerns, when it is known; else the key itself."""
    what, _colon, rest = key.partition(":")
    if what == "payment":
        attempt = PaymentAttempt.objects.filter(payment_id=rest.partition(":")[2]).select_related("invoice").first()
        return attempt.invoice.number if attempt else key
    refund = Refund.objects.filter(key=rest).select_related("payment__invoice").first()
    return refund.payment.invoice.number if refund else key
