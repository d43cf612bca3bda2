"""The page of a payment: it waits for the page of the bank, leads there, and tells what became of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from parvis.apps.billing.models import PaymentAttempt
from parvis.apps.billing.queries.balances import attempt_by_secret, balance_of
from parvis.apps.billing.queries.receipts import receipt_of
from parvis.apps.leisure.models import Registration
from parvis.apps.outbox.models import UNDELIVERED
from parvis.lib import clock
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.leisure import words
from parvis.ui.views import or_404

Stage = PaymentAttempt.Stage
GOING, BACK, LEFT = "aller", "retour", "annule"  # where the browser says that it comes from; it proves nothing
AGAIN = 3  # seconds between two looks of a page without script


@never_cache
@require_safe
def payment(request: HttpRequest, secret: str) -> HttpResponse:
    """Where a payment stands, as the town knows it; who goes to pay is led to the page of the bank once it is made."""
    attempt = or_404(attempt_by_secret(secret))
    step = request.GET.get("etape", "")
    state = state_of(attempt, balance_of(attempt.invoice), step)
    rows = list(Registration.objects.filter(invoice_line__invoice=attempt.invoice))
    context: dict[str, Any] = {
        "title": _("Payment"),
        "public_nav": nav("leisure"),
        "attempt": attempt,
        "invoice": attempt.invoice,
        "state": state,
        "again": AGAIN if state in ("preparing", "verifying") else 0,
        "leads_to": attempt.url if state == "leaving" else "",
        "until": words.when_words(attempt.pay_before),
        "started": attempt.made_at,
        "registrations": rows,
        "confirmed": [row for row in rows if row.state == Registration.State.CONFIRMED],
    }
    if state == "paid":
        context["receipt"] = receipt_of(attempt.invoice)
    return private(render(request, "public/leisure/payment.html", context))


def state_of(attempt: PaymentAttempt, owed: int, step: str) -> str:
    """What the page says: preparing, leaving, open, left, verifying, paid, refused, ended or unavailable.

    Never "refused" or "ended" while the money may have been taken. `step`: what the address says, which proves nothing.
    """
    if owed <= 0:
        return "paid"
    if attempt.stage in (Stage.SUCCEEDED, Stage.PROCESSING):
        return "verifying"
    if attempt.stage == Stage.EXPIRED:
        return "ended"
    if attempt.stage == Stage.CREATED:
        return "unavailable" if attempt.state in UNDELIVERED else "preparing"
    if attempt.stage == Stage.FAILED:
        return "leaving" if step == GOING and attempt.url else "refused"
    if step == BACK or attempt.is_over(clock.now()):
        return "verifying"
    if step == GOING:
        return "leaving"
    return "left" if step == LEFT else "open"
