"""Where the attempts to pay stand, and the words of it for a list or for the desk."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.apps.billing.models import Payment, PaymentAttempt
from parvis.apps.billing.queries.balances import balance_of
from parvis.apps.billing.rules.standing import Standing, standing
from parvis.apps.outbox.models import UNDELIVERED
from parvis.lib import clock

Stage = PaymentAttempt.Stage
STANDING_WORDS: Mapping[Standing, Any] = {
    Standing.PAID: _("Paid"),
    Standing.SETTLED: _("Nothing is owed any more"),
    Standing.VERIFYING: _("Being verified by the bank"),
    Standing.PREPARING: _("The page of the bank is being prepared"),
    Standing.UNAVAILABLE: _("The page of the bank could not be made"),
    Standing.OPEN: _("Not paid yet, the page of the bank is open"),
    Standing.REFUSED: _("Not paid yet: a card was refused, another one may be tried"),
    Standing.ENDED: _("Ended without a payment"),
}


def attempt_standing(attempt: PaymentAttempt) -> Standing:
    """Where an attempt stands at this moment. Three queries."""
    others = PaymentAttempt.objects.filter(invoice=attempt.invoice_id).exclude(pk=attempt.pk)
    return standing_of(
        attempt,
        owed=balance_of(attempt.invoice),
        paid=Payment.objects.filter(invoice=attempt.invoice_id).exists(),
        is_over=attempt.is_over(clock.now()),
        verified_elsewhere=others.filter(stage=Stage.PROCESSING).exists(),
    )


def standing_of(
    attempt: PaymentAttempt, *, owed: int, is_over: bool, paid: bool = True, verified_elsewhere: bool = False
) -> Standing:
    """The same from what was read already."""
    return standing(
        attempt.stage,
        is_made=attempt.state not in UNDELIVERED,
        owed=owed,
        paid=paid,
        is_over=is_over,
        verified_elsewhere=verified_elsewhere,
    )


def stage_words(attempt: PaymentAttempt) -> str:
    """What the bank last said of one attempt, whatever became of its invoice."""
    refused = attempt.stage == Stage.FAILED
    return str(STANDING_WORDS[Standing.REFUSED] if refused else attempt.get_stage_display())
