"""Attempts to pay, payments received, refunds, and what the providers tell."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.billing.models.invoices import Invoice
from parvis.apps.billing.models.ledger import Transaction
from parvis.apps.directory.models import User
from parvis.apps.outbox.models import DUE, OutboxItem, State
from parvis.lib.ids import new_secret


class PaymentAttempt(OutboxItem):
    """One try to pay an invoice on the page of a provider. The outbox makes its session there.

    `state` is that of the making of the session (`OutboxItem`); `stage` that of the payment. A refused one may be paid
    again on the same page, until its session is ended at the provider, which has the last word: a payment is recorded
    once by `payment_id`, whatever the stage.
    """

    class Stage(models.TextChoices):
        CREATED = "created", _("Being prepared")
        SENT = "sent", _("On the page of the bank")
        PROCESSING = "processing", _("Being verified")
        SUCCEEDED = "succeeded", _("Paid")
        FAILED = "failed", _("Refused")
        EXPIRED = "expired", _("Ended without a payment")

    OPEN: ClassVar = (Stage.CREATED, Stage.SENT, Stage.PROCESSING, Stage.FAILED)

    key = models.CharField(max_length=80, unique=True, help_text="also the idempotency key at the provider")
    secret = models.CharField(max_length=32, unique=True, default=new_secret, help_text="of its page")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="attempts")
    cents = models.IntegerField()
    provider = models.CharField(max_length=20)
    language = models.CharField(max_length=2, default="fr")
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.CREATED)
    session_id = models.CharField(max_length=120, blank=True, db_index=True)
    payment_id = models.CharField(max_length=120, blank=True, db_index=True)
    url = models.CharField(max_length=1000, blank=True, help_text="the page of the provider")
    pay_before = models.DateTimeField(help_text="then its session is ended at the provider, before any seat is freed")
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, help_text="when its stage became final, as far as we know")
    asked_at = models.DateTimeField(null=True, help_text="when the provider was last asked what became of it")

    class Meta:
        indexes = [
            models.Index(fields=["not_before"], condition=models.Q(state__in=DUE), name="attempt_due"),
            models.Index(
                fields=["pay_before"],
                condition=models.Q(stage__in=("created", "sent", "processing", "failed")),
                name="attempt_open",
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Whether it may still be paid, as far as we know."""
        return self.stage in self.OPEN

    def is_over(self, at: datetime) -> bool:
        """Whether its session is to be ended at the provider."""
        return self.is_open and at >= self.pay_before


class Payment(models.Model):
    """Money received for an invoice, once for each identifier of the provider."""

    class Method(models.TextChoices):
        CARD = "card", _("by card, on line")
        CASH = "cash", _("in cash")
        CHEQUE = "cheque", _("by cheque")

    key = models.CharField(max_length=120, unique=True, help_text="stripe:pi_..., or the form of the counter")
    number = models.CharField(max_length=20, unique=True, help_text='of its receipt: "P-26-00318"')
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    attempt = models.ForeignKey(PaymentAttempt, null=True, on_delete=models.PROTECT, related_name="payments")
    method = models.CharField(max_length=6, choices=Method)
    cents = models.IntegerField(help_text="what it pays of the invoice, whatever the rounding of cash")
    tendered_cents = models.IntegerField(help_text="what was taken: rounded to five cents when in cash")
    handed_cents = models.IntegerField(
        null=True, help_text="the cash handed over, before the change; null: nobody said"
    )
    details = models.CharField(max_length=80, blank=True, help_text="Visa 4242; the number of the cheque")
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="payment")

    class Meta:
        ordering = ["pk"]

    @property
    def how(self) -> str:
        """How it was made: "Visa 4242", "in cash"."""
        by_card = self.method == self.Method.CARD
        return self.details if by_card and self.details else str(self.get_method_display())

    @property
    def change_cents(self) -> int | None:
        """The change given back; None when nobody said what was handed over."""
        return None if self.handed_cents is None else self.handed_cents - self.tendered_cents


class Refund(OutboxItem):
    """Money given back of one payment, by the way it came, else by cheque. The outbox asks the provider for it.

    One that is held waits for the counter, or, when it is to go on a card, for the treasury that it is proposed to.
    """

    class Way(models.TextChoices):
        ORIGINAL = "original", _("On the card")
        CASH = "cash", _("In cash")
        CHEQUE = "cheque", _("By cheque")

    key = models.CharField(max_length=120, unique=True, help_text="also the idempotency key at the provider")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    cents = models.IntegerField()
    way = models.CharField(max_length=8, choices=Way)
    why = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    provider_id = models.CharField(max_length=120, blank=True, db_index=True)
    done_at = models.DateTimeField(null=True, help_text="when the money left, as the provider or the counter says")
    failed_at = models.DateTimeField(null=True, help_text="when the provider said that the card takes it no more")
    transaction = models.OneToOneField(Transaction, null=True, on_delete=models.PROTECT, related_name="refund")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["not_before"], condition=models.Q(state__in=DUE), name="refund_due")]

    @property
    def is_proposed(self) -> bool:
        """Whether the treasury is to decide that it goes back on the card."""
        return self.state == State.HELD and self.way == self.Way.ORIGINAL and not self.failed_at


class ProviderEvent(models.Model):
    """Something that a provider told, stored as it came, once; handled by a job.

    One that cannot be handled is tried three times, then set aside with its body until someone has it tried again, or
    closes it: a closed one is handled, and keeps its error.
    """

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    body = models.JSONField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="how often it could not be handled")
    not_before = models.DateTimeField(null=True, help_text="when it is tried again")
    set_aside_at = models.DateTimeField(null=True, help_text="it is tried no more by itself")
    closed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="who said that nothing is to be done"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")]
        indexes = [models.Index(fields=["id"], condition=models.Q(handled_at=None), name="provider_event_waiting")]
