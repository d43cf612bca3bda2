"""The page of a payment: it waits for the page of the bank, leads there, and tells what became of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from parvis.apps.billing.queries.balances import attempt_by_secret
from parvis.apps.billing.queries.receipts import receipt_of
from parvis.apps.billing.queries.standing import attempt_standing
from parvis.apps.billing.rules.standing import NOT_SURE, Step, shown
from parvis.apps.billing.services.following import ask_soon
from parvis.apps.leisure.models import Registration
from parvis.lib import clock
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.leisure import words
from parvis.ui.views import or_404

AGAIN = 3  # seconds between two looks of a page that waits
LATER = 20  # and of one on which somebody chooses what to do: with a script, only when what it says changed
State = Registration.State


@never_cache
@require_safe
def payment(request: HttpRequest, secret: str) -> HttpResponse:
    """Where a payment stands, as the bank last said; it is asked again when it may know better, by a job.

    Who goes to pay is led to the page of the bank once it is made.
    """
    attempt = or_404(attempt_by_secret(secret))
    standing = attempt_standing(attempt)
    state = shown(standing, request.GET.get("etape", ""))
    if standing in NOT_SURE and state != Step.LEAVING:
        ask_soon(attempt=attempt)
    rows = list(Registration.objects.filter(invoice_line__invoice=attempt.invoice))
    waiting = [row for row in rows if row.state == State.AWAITING_PAYMENT]
    context: dict[str, Any] = {
        "title": _("Payment"),
        "public_nav": nav("leisure"),
        "attempt": attempt,
        "invoice": attempt.invoice,
        "state": str(state),
        "again": AGAIN if state in (Step.PREPARING, Step.VERIFYING) else 0,
        "later": LATER if state in (Step.OPEN, Step.REFUSED, Step.LEFT) else 0,
        "leads_to": attempt.url if state == Step.LEAVING else "",
        "until": words.when_words(attempt.pay_before),
        "started": attempt.made_at,
        "confirmed": [row for row in rows if row.state == State.CONFIRMED],
        "waiting": [row for row in waiting if state != Step.ENDED or (row.until and row.until > clock.now())],
        "is_cancelling": any(row.cancel_asked_at for row in waiting),
    }
    if state == Step.PAID:
        context["receipt"] = receipt_of(attempt.invoice)
    return private(render(request, "public/leisure/payment.html", context))
