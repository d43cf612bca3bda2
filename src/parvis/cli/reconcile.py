"""`parvis reconcile`: a day of the town, compared to the cent."""

from argparse import Namespace
from typing import Any

from django.utils import translation

from parvis.apps.billing.models import ReconciliationReport
from parvis.apps.billing.queries.counter import CounterDay, counter_of
from parvis.apps.billing.queries.oddities import WORDS
from parvis.apps.leisure.services.reconciling import reconcile
from parvis.lib import quebec
from parvis.lib.console import say, write_json


def reconcile_day(args: Namespace) -> int:
    """`parvis reconcile --date D`: 0 when the provider, the ledger and the registrations agree and nothing is odd."""
    report = reconcile(day=args.date)
    with translation.override("en"):
        _tell(report, counter_of(args.date), as_json=args.json)
    return 0 if report.agrees else 1


def _tell(report: ReconciliationReport, counter: CounterDay, *, as_json: bool) -> None:
    if as_json:
        write_json(
            {
                "provider_cents": report.provider_cents,
                "ledger_cents": report.ledger_cents,
                "registrations_cents": report.registrations_cents,
                "odd": [one | {"cause": str(WORDS[one["kind"]].cause)} for one in report.odd],
                **({"counter": _counter_as_json(counter)} if counter.cashiers or counter.ledger_cents else {}),
            }
        )
        return
    provider = "it does not say" if report.provider_cents is None else _money(report.provider_cents)
    verdict = "the provider, the ledger and the registrations agree, and nothing is odd"
    say(
        [
            f"{report.day}: {verdict if report.agrees else 'something does not agree'}",
            f"  provider       {provider}",
            f"  ledger         {_money(report.ledger_cents)}",
            f"  registrations  {_money(report.registrations_cents)}",
            f"  counter        {_money(counter.received_cents)} received, {_money(counter.ledger_cents)} in the ledger "
            "once what it gave back is off; nobody counted the drawers",
        ]
    )
    for cashier in counter.cashiers:
        means = ", ".join(f"{one.name} {_money(one.received_cents)}" for one in cashier.rows)
        say([f"    {cashier.name}: {means}; drawer {_money(cashier.drawer_cents)}"])
    for one in report.odd:
        words = WORDS[one["kind"]]
        say([f"  ! {words.title}: {one['reference']}, {_money(one['cents'])}. {words.cause}"])


def _counter_as_json(counter: CounterDay) -> dict[str, Any]:
    return {
        "received_cents": counter.received_cents,
        "left_cents": counter.left_cents,
        "ledger_cents": counter.ledger_cents,
        "people": [
            {
                "name": cashier.name,
                "drawer_cents": cashier.drawer_cents,
                "means": {
                    str(one.method): {
                        "receipts": one.receipts,
                        "received_cents": one.received_cents,
                        "given_cents": one.given_cents,
                    }
                    for one in cashier.rows
                },
            }
            for cashier in counter.cashiers
        ],
    }


def _money(cents: int) -> str:
    return quebec.money(cents, "en")
