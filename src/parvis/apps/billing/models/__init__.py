"""Invoices and their lines, the ledger, payments and refunds, what the providers tell."""

from parvis.apps.billing.models.invoices import Invoice, InvoiceLine, NumberSeries, TaxNature
from parvis.apps.billing.models.ledger import LedgerAccount, Leg, Transaction
from parvis.apps.billing.models.payments import Payment, PaymentAttempt, ProviderEvent, Refund
from parvis.apps.billing.models.reports import ReconciliationReport

__all__ = [
    "Invoice",
    "InvoiceLine",
    "LedgerAccount",
    "Leg",
    "NumberSeries",
    "Payment",
    "PaymentAttempt",
    "ProviderEvent",
    "ReconciliationReport",
    "Refund",
    "TaxNature",
    "Transaction",
]
