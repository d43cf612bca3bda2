"""A double-entry ledger: transactions whose legs sum to zero. Nothing is changed or deleted: a mistake is reversed."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.billing.models.invoices import Invoice
from parvis.apps.directory.models import User


class LedgerAccount(models.TextChoices):
    """The accounts of the ledger."""

    RECEIVABLE = "receivable", _("Owed by households")
    REVENUE = "revenue", _("Revenue of activities")
    GST = "gst", _("GST to remit")
    QST = "qst", _("QST to remit")
    PROVIDER = "provider", _("Held by the payment provider")
    DRAWER = "drawer", _("Cash of the counter")
    BANK = "bank", _("Cheques and bank")
    ROUNDING = "rounding", _("Rounding of cash")


class Transaction(models.Model):
    """One fact of the ledger, done once for its key."""

    class What(models.TextChoices):
        INVOICE = "invoice", _("Invoice")
        CREDIT = "credit", _("Lines taken back")
        PAYMENT = "payment", _("Payment")
        REFUND = "refund", _("Refund")
        REVERSAL = "reversal", _("Reversal")

    key = models.CharField(max_length=120, unique=True)
    what = models.CharField(max_length=8, choices=What)
    at = models.DateTimeField(help_text="when the money moved, as the provider or the counter says")
    posted_at = models.DateTimeField(null=True, help_text="when it was written here; null: at, before it was noted")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", help_text="null: the system")
    words = models.CharField(max_length=200, blank=True)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["at"], name="ledger_at")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Inserts it. Raises TypeError for one already written."""
        if self.pk:
            raise TypeError("the ledger is append-only: reverse the transaction")
        super().save(*args, **kwargs)


class Leg(models.Model):
    """Cents that go to an account (positive: a debit) or leave it (negative: a credit)."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="legs")
    account = models.CharField(max_length=10, choices=LedgerAccount)
    cents = models.IntegerField()
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="legs")

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(cents=0), name="ledger_leg_not_zero")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Inserts it. Raises TypeError for one already written."""
        if self.pk:
            raise TypeError("the ledger is append-only: reverse the transaction")
        super().save(*args, **kwargs)
