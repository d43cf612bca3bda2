"""What the counter takes: an invoice found, paid in cash or by cheque, the change, the paper."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import wraps
from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from parvis.apps.billing.models import Invoice, Payment
from parvis.apps.billing.queries.receipts import receipt_of
from parvis.apps.billing.queries.treasury import find_invoices, invoice_by_public_id
from parvis.apps.billing.rules.cash import rounded
from parvis.apps.billing.services.payments import take_at_counter
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.lib import clock, quebec
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.people.views import ask_reason_for
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import done
from parvis.ui.views import or_404

AGAIN = timedelta(minutes=30)  # the same household looked at again so soon is one reading
View = Callable[[HttpRequest, Invoice], HttpResponseBase]


class PayForm(RefusableForm):
    """What someone gives at the counter for one invoice."""

    submission = forms.CharField(max_length=64, widget=forms.HiddenInput)
    method = forms.ChoiceField(
        label=gettext_lazy("How it is paid"),
        choices=[(Payment.Method.CASH, gettext_lazy("Cash")), (Payment.Method.CHEQUE, gettext_lazy("Cheque"))],
        widget=forms.RadioSelect,
        initial=Payment.Method.CASH,
    )
    received = forms.DecimalField(
        label=gettext_lazy("Received in cash"),
        help_text=gettext_lazy("To know the change to give. Leave it empty for the exact amount."),
        required=False,
        min_value=Decimal(0),
        max_digits=8,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    details = forms.CharField(label=gettext_lazy("Number of the cheque"), max_length=80, required=False)

    @property
    def received_cents(self) -> int | None:
        """The cash that was handed over; None when nobody said."""
        received = self.cleaned_data["received"]
        return None if received is None else int(received * 100)


@requires(Action.TAKE_PAYMENT, "GET")
def till(request: HttpRequest) -> HttpResponse:
    """The invoices of a number, or of a name (?q=)."""
    words = request.GET.get("q", "")[:80]
    context = {"words": words, "found": find_invoices(words)}
    return render(request, "desk/treasury/till.html", context)


def of_invoice(view: View) -> Callable[..., HttpResponseBase]:
    """A view of the invoice of `public_id`, else Http404; its reading is logged.

    An invoice tells where children are, and when: who may read people's files gives a reason first, when one of the
    household is sensitive. A treasurer, who may not, only takes the money.
    """

    @wraps(view)
    def explained(request: HttpRequest, public_id: str) -> HttpResponseBase:
        invoice, user = or_404(invoice_by_public_id(public_id)), agent_of(request)
        if user.may(Action.READ_PERSON):
            back = reverse("desk:pay_invoice", args=[public_id])
            if asked := ask_reason_for(request, invoice.household, back=back):
                return asked
        since = clock.now() - AGAIN
        record_reading(user=user, subject="household", subject_id=invoice.household_id, reason="till", once_since=since)
        return view(request, invoice)

    return explained


@requires(Action.TAKE_PAYMENT, "GET", "POST")
@of_invoice
def pay_invoice(request: HttpRequest, invoice: Invoice) -> HttpResponse:
    """An invoice; POST takes what is owed for it, and says what change to give."""
    if request.method == "GET":
        return _page(request, invoice, PayForm(initial={"submission": uuid4().hex}))
    form = PayForm(request.POST)
    payment, status = submit(form, lambda: _take(request, invoice, form))
    if payment is None:
        return _page(request, invoice, form, status)
    change = payment.change_cents or 0
    words = _("Receipt %(number)s. Give back %(change)s.") if change else _("Receipt %(number)s. No change to give.")
    amount = quebec.money(change, get_language() or "fr", exact=True)
    done(request, words % {"number": payment.number, "change": amount})
    return redirect("desk:pay_invoice", invoice.public_id)


def _take(request: HttpRequest, invoice: Invoice, form: PayForm) -> Payment:
    method = Payment.Method(form.cleaned_data["method"])
    return take_at_counter(
        key=form.cleaned_data["submission"],
        invoice=invoice,
        method=method,
        details=form.cleaned_data["details"] if method == Payment.Method.CHEQUE else "",
        handed_cents=form.received_cents if method == Payment.Method.CASH else None,
        by=agent_of(request),
    )


def _page(request: HttpRequest, invoice: Invoice, form: PayForm, status: int = 200) -> HttpResponse:
    receipt = receipt_of(invoice)
    context: dict[str, Any] = {
        "receipt": receipt,
        "form": form,
        "cash_cents": rounded(max(receipt.balance_cents, 0)),
        "rounding_cents": rounded(max(receipt.balance_cents, 0)) - max(receipt.balance_cents, 0),
    }
    return render(request, "desk/treasury/invoice.html", context, status=status)


@requires(Action.TAKE_PAYMENT, "GET")
@of_invoice
def paper(request: HttpRequest, invoice: Invoice) -> HttpResponse:
    """The invoice, or its receipt once it is paid, to be printed in the language of its payer."""
    with override(invoice.language):
        return render(request, "desk/treasury/paper.html", {"receipt": receipt_of(invoice)})
