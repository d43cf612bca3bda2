"""Who takes, or waits for, a place in a group; what a household is choosing; and each step, to the millisecond."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parvis.apps.billing.models import Invoice, InvoiceLine
from parvis.apps.directory.models import User
from parvis.apps.households.models import Assurance, Household, Individual
from parvis.apps.leisure.models.groups import Group
from parvis.lib.ids import new_secret


class Channel(models.TextChoices):
    """Where a place was asked for."""

    WEB = "web", _("on the site")
    PHONE = "phone", _("by telephone")
    COUNTER = "counter", _("at the counter")
    PROGRAM = "program", _("by a program")
    KEPT = "kept", _("kept from last season")


class Cart(models.Model):
    """The places that a household is choosing, all held until `expires_at`, which is put off once at most.

    It is closed once it is billed, or emptied; then the next place opens another.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="carts")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    extended_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    invoice = models.OneToOneField(Invoice, null=True, on_delete=models.PROTECT, related_name="cart")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["household"], condition=Q(closed_at=None), name="cart_one_open")]


class Registration(models.Model):
    """Someone's place in a group, or their wait for one.

    Held and offered ones lapse at `until` by themselves: whoever counts looks at the moment, and no worker is needed.
    Awaiting a payment: its invoice is issued, and its place is kept until `until`, and as long as someone may pay it on
    a page of the bank. "Paid" is never stored: it is the balance of the invoice.
    """

    class State(models.TextChoices):
        HELD = "held", _("Held")
        WAITING = "waiting", _("On the waiting list")
        OFFERED = "offered", _("Offered")
        AWAITING_PAYMENT = "awaiting", _("Awaiting payment")
        CONFIRMED = "confirmed", _("Registered")
        CANCELLED = "cancelled", _("Cancelled")
        LAPSED = "lapsed", _("Lapsed")

    public_id = models.CharField(max_length=32, unique=True, default=new_secret)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="registrations")
    individual = models.ForeignKey(Individual, on_delete=models.PROTECT, related_name="registrations")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="registrations")
    cart = models.ForeignKey(Cart, null=True, on_delete=models.SET_NULL, related_name="registrations")
    state = models.CharField(max_length=9, choices=State)
    until = models.DateTimeField(
        null=True, help_text="when a held or offered place lapses; until when one that waits to be paid is kept"
    )
    cancel_asked_at = models.DateTimeField(
        null=True, help_text="it is cancelled as soon as the bank says that nobody can pay it any more"
    )
    together = models.CharField(max_length=32, blank=True, help_text="the same for those who take places all or none")
    channel = models.CharField(max_length=7, choices=Channel)
    assurance = models.PositiveSmallIntegerField(choices=Assurance, help_text="of whoever asked for it")
    resident = models.BooleanField(help_text="as proved when it was asked for")
    price_cents = models.PositiveIntegerField(help_text="quoted when it was held, and honoured")
    waiting_since = models.DateTimeField(null=True, help_text="its rank on the list of its group")
    invoice_line = models.OneToOneField(InvoiceLine, null=True, on_delete=models.PROTECT, related_name="registration")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    LIVE = (State.HELD, State.WAITING, State.OFFERED, State.AWAITING_PAYMENT, State.CONFIRMED)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "individual"],
                condition=Q(state__in=("held", "waiting", "offered", "awaiting", "confirmed")),
                name="registration_once",
            )
        ]
        indexes = [
            models.Index(fields=["group", "state"], name="registration_count"),
            models.Index(fields=["group", "waiting_since"], condition=Q(state="waiting"), name="registration_waiting"),
            models.Index(fields=["until"], condition=Q(state__in=("held", "offered")), name="registration_until"),
        ]

    @classmethod
    def taking(cls, at: datetime) -> Q:
        """Which registrations take a place at that moment."""
        kept = Q(state__in=(cls.State.AWAITING_PAYMENT, cls.State.CONFIRMED))
        return kept | Q(state__in=(cls.State.HELD, cls.State.OFFERED), until__gt=at)

    @classmethod
    def lapsed(cls, at: datetime) -> Q:
        """Which registrations took a place until that moment, and no longer do."""
        return Q(state__in=(cls.State.HELD, cls.State.OFFERED), until__lte=at)

    def state_at(self, at: datetime) -> "Registration.State":
        """Its state at that moment, whether or not someone recorded that it lapsed."""
        lapses = self.state in (self.State.HELD, self.State.OFFERED)
        return self.State.LAPSED if lapses and self.until and self.until <= at else self.State(self.state)


class RegistrationEvent(models.Model):
    """One step of a registration, by whom and through what. Append-only.

    Once its registration is destroyed by the calendar, its kind, its moment and the hash of the rest stay, since the
    signed heads cover it.
    """

    class What(models.TextChoices):
        HELD = "held", _("Place held")
        EXTENDED = "extended", _("Hold put off")
        QUEUED = "queued", _("Put on the waiting list")
        SKIPPED = "skipped", _("Passed over: too few places for those who stay together")
        QUOTA = "quota", _("Passed over: the places for non-residents are taken")
        OFFERED = "offered", _("Place offered")
        KEPT = "kept", _("Kept from last season: place offered")
        ACCEPTED = "accepted", _("Offer accepted")
        DECLINED = "declined", _("Offer declined")
        BILLED = "billed", _("Invoice issued")
        ATTEMPTED = "attempted", _("Sent to the page of the bank")
        REFUSED = "refused", _("Payment refused")
        CONFIRMED = "confirmed", _("Registered")
        LAPSED = "lapsed", _("Time was up")
        RELEASED = "released", _("Place given back")
        CANCEL_ASKED = "asked", _("Cancellation asked for")
        CANCELLED = "cancelled", _("Cancelled")
        REFUNDED = "refunded", _("Refund asked for")
        PROPOSED = "proposed", _("Paid after the cancellation was asked for: refund proposed")
        OVERRIDDEN = "overridden", _("A rule was set aside")

    registration = models.ForeignKey(Registration, null=True, on_delete=models.CASCADE, related_name="events")
    what = models.CharField(max_length=10, choices=What)
    at = models.DateTimeField()
    channel = models.CharField(max_length=7, choices=Channel, blank=True, help_text="blank: the system")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    words = models.CharField(max_length=300, blank=True, help_text="why, where a person said it")
    recorded_at = models.DateTimeField(null=True, help_text="when it was written; null: at, before it was noted")
    line_hash = models.CharField(max_length=64, blank=True, help_text="what the heads cover of it, once destroyed")
    destroyed = models.BigIntegerField(null=True, help_text="the primary key of its registration, once destroyed")

    class Meta:
        ordering = ["at", "pk"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Inserts it. Raises TypeError for one already written."""
        if self.pk:
            raise TypeError("the events of a registration are append-only")
        super().save(*args, **kwargs)
