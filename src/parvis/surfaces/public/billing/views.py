"""The invoices of my household, and each as a page or as a PDF: its receipt, once it is paid."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from parvis.apps.billing.models import Invoice
from parvis.apps.billing.queries.balances import has_provider, latest_attempt
from parvis.apps.billing.queries.receipts import invoice_in, invoices_of, receipt_of
from parvis.apps.billing.queries.standing import attempt_standing
from parvis.apps.billing.rules.standing import Standing
from parvis.apps.households.queries import household_of
from parvis.apps.leisure.queries.to_pay import are_free_again
from parvis.apps.residents.models import Account
from parvis.surfaces.public.account.account_views import signed_in
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.leisure.holding import holdings
from parvis.ui.printing import as_pdf


@require_safe
@signed_in
def invoices(request: HttpRequest, account: Account) -> HttpResponse:
    """The invoices of the household for which the account registers, those to pay first."""
    household = household_of(account)
    rows = invoices_of(household) if household else []
    page = {"rows": sorted(rows, key=lambda row: row.is_settled), "public_nav": nav("file")}
    return private(render(request, "public/billing/list.html", page))


@require_safe
@signed_in
def invoice(request: HttpRequest, account: Account, public_id: str) -> HttpResponse:
    """One invoice, with the places that it keeps and until when; or its receipt."""
    found = _mine(account, public_id)
    attempt = latest_attempt(found)
    standing = attempt_standing(attempt) if attempt and attempt.is_open else None
    page = {
        "receipt": receipt_of(found),
        "attempt": attempt if standing else None,
        "is_verifying": standing is Standing.VERIFYING,
        "holdings": holdings(found.household, basket=False, invoice=found),
        "are_free_again": are_free_again(found),
        "on_line": has_provider(),
        "public_nav": nav("file"),
    }
    return private(render(request, "public/billing/invoice.html", page))


@require_safe
@signed_in
def invoice_pdf(request: HttpRequest, account: Account, public_id: str) -> HttpResponseBase:
    """The same as a PDF, made on demand; as a page to print without Pango."""
    receipt = receipt_of(_mine(account, public_id))
    html = render_to_string("public/billing/print.html", {"receipt": receipt}, request)
    kind = _("receipt") if receipt.is_receipt else _("invoice")
    return as_pdf(request, html, f"{kind}-{receipt.number}.pdf")


def _mine(account: Account, public_id: str) -> Invoice:
    household = household_of(account)
    found = invoice_in(household, public_id) if household else None
    if found is None:
        raise Http404
    return found
