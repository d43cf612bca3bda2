"""What a household owes, line by line. Nothing here says "paid": the ledger does."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.households.models import Household, Individual
from parvis.lib.i18n.localized import localized
from parvis.lib.ids import new_secret


class TaxNature(models.TextChoices):
    """How the sale taxes apply to what is sold."""

    EXEMPT = "exempt", _("Exempt")
    TAXABLE = "taxable", _("GST and QST")


class NumberSeries(models.Model):
    """The last number given of one series. Its row is locked until that number is committed: there are no holes."""

    name = models.CharField(max_length=10, unique=True, help_text='"F-26"')
    last = models.PositiveIntegerField(default=0)


class Invoice(models.Model):
    """What a household owes. Its balance is that of its receivable in the ledger."""

    public_id = models.CharField(max_length=32, unique=True, default=new_secret)
    key = models.CharField(max_length=80, unique=True, help_text="idempotency: what it bills")
    number = models.CharField(max_length=20, unique=True, help_text='"F-26-00012"')
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="invoices")
    payer = models.ForeignKey(Individual, on_delete=models.PROTECT, related_name="+", help_text="in whose name it is")
    language = models.CharField(max_length=2, default="fr")
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(models.Model):
    """Something sold, or taken back, to one participant. Cents; those of a line taken back are negative.

    `net_cents` is after rebates and financial aid, before taxes. `slip_cents` is the part that a tax slip for child
    care will want.
    """

    key = models.CharField(max_length=120, unique=True, help_text="idempotency: what it bills, or takes back")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    source = models.CharField(max_length=60, db_index=True, help_text='what it bills: "registration:12"')
    participant = models.ForeignKey(Individual, null=True, on_delete=models.PROTECT, related_name="+")
    words_fr = models.CharField(max_length=300)
    words_en = models.CharField(max_length=300)
    price_cents = models.IntegerField(help_text="before rebates and taxes")
    rebate_cents = models.IntegerField(default=0, help_text="what was taken off the price: zero or more")
    aid_cents = models.IntegerField(default=0, help_text="the financial aid taken off it, after the rebate")
    net_cents = models.IntegerField()
    gst_cents = models.IntegerField(default=0)
    qst_cents = models.IntegerField(default=0)
    tax_nature = models.CharField(max_length=7, choices=TaxNature)
    slip_cents = models.IntegerField(default=0)
    reverses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reversals")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    @property
    def words(self) -> str:
        """What it is, in the active language."""
        return localized(self, "words")

    @property
    def total_cents(self) -> int:
        """What is owed for it, taxes included."""
        return self.net_cents + self.gst_cents + self.qst_cents

    @property
    def rebate_taken_cents(self) -> int:
        """The rebate as a column of amounts shows it: less than nothing."""
        return -self.rebate_cents

    @property
    def aid_taken_cents(self) -> int:
        """The financial aid as a column of amounts shows it: less than nothing."""
        return -self.aid_cents
