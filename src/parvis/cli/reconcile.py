"""`parvis reconcile`: a day of the town, compared to the cent."""

from argparse import Namespace

from django.utils import translation

from parvis.apps.billing.models import ReconciliationReport
from parvis.apps.billing.queries.oddities import WORDS
from parvis.apps.leisure.services.reconciling import reconcile
from parvis.lib import quebec
from parvis.lib.console import say, write_json


def reconcile_day(args: Namespace) -> int:
    """`parvis reconcile --date D`: 0 when the provider, the ledger and the registrations agree and nothing is odd."""
    report = reconcile(day=args.date)
    with translation.override("en"):
        _tell(report, as_json=args.json)
    return 0 if report.agrees else 1


def _tell(report: ReconciliationReport, *, as_json: bool) -> None:
    if as_json:
        write_json(
            {
                "provider_cents": report.provider_cents,
                "ledger_cents": report.ledger_cents,
                "registrations_cents": report.registrations_cents,
                "odd": [one | {"cause": str(WORDS[one["kind"]].cause)} for one in report.odd],
            }
        )
        return
    provider = "it does not say" if report.provider_cents is None else _money(report.provider_cents)
    say(
        [
            f"{report.day}: {'all agrees' if report.agrees else 'something does not agree'}",
            f"  provider       {provider}",
            f"  ledger         {_money(report.ledger_cents)}",
            f"  registrations  {_money(report.registrations_cents)}",
        ]
    )
    for one in report.odd:
        words = WORDS[one["kind"]]
        say([f"  ! {words.title}: {one['reference']}, {_money(one['cents'])}. {words.cause}"])


def _money(cents: int) -> str:
    return quebec.money(cents, "en")
