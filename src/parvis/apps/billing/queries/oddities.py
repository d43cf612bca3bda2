"""What is odd in the comparison of a day, in words: its likely cause, and what to do of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from parvis.apps.billing.queries.reconciling import OddKind


class OddMovement(StrEnum):
    """What the provider and the ledger do not say alike."""

    SILENT = "provider-silent"
    THERE = "provider-only"
    HERE = "ledger-only"
    AMOUNT = "amounts-differ"
    OTHER = "provider-other"


class OddPlace(StrEnum):
    """What the places and the ledger do not say alike."""

    UNSEATED = "paid-without-place"
    UNPAID = "place-without-payment"


class OddCounter(StrEnum):
    """What the receipts of the counter and the ledger do not say alike."""

    DIFFERS = "counter-differs"


class Gesture(StrEnum):
    """What a treasurer may do at once."""

    ASK_AGAIN = "ask-again"
    CHEQUE = "cheque"
    REFUND = "refund"
    INVOICE = "invoice"
    MESSAGE = "message"


class Words(NamedTuple):
    """The name of something odd, its likely cause, and the gesture that mends it."""

    title: Any
    cause: Any
    gesture: Gesture


WORDS: Mapping[str, Words] = {
    OddMovement.SILENT: Words(
        _("The provider did not answer"),
        _("It was down, or its key was withdrawn. Nothing is lost: compare again."),
        Gesture.ASK_AGAIN,
    ),
    OddMovement.THERE: Words(
        _("Received by the provider, not here"),
        _("The message that told it did not come yet. It is asked for each minute: compare again."),
        Gesture.ASK_AGAIN,
    ),
    OddMovement.HERE: Words(
        _("Written here, unknown to the provider on that day"),
        _("The money moved on another day there, or the account is not the same one."),
        Gesture.INVOICE,
    ),
    OddMovement.AMOUNT: Words(
        _("Two different amounts"),
        _("A part was given back from the site of the provider, and not here."),
        Gesture.INVOICE,
    ),
    OddMovement.OTHER: Words(
        _("Another movement at the provider"),
        _("A dispute, or a correction that the provider made. Look at it on its site."),
        Gesture.ASK_AGAIN,
    ),
    OddPlace.UNSEATED: Words(
        _("Paid, and has no place"),
        _("The place was given back meanwhile. It must be given again, or the money given back."),
        Gesture.INVOICE,
    ),
    OddPlace.UNPAID: Words(
        _("Has a place, and did not pay"),
        _("The payment was reversed, or a price changed after it. Something is still owed."),
        Gesture.INVOICE,
    ),
    OddKind.UNBALANCED: Words(
        _("A transaction does not balance"),
        _("The database was changed by hand. Call whoever runs the service."),
        Gesture.ASK_AGAIN,
    ),
    OddKind.UNPOSTED: Words(
        _("A payment is not in the ledger as it was received"),
        _("The database was changed by hand. Call whoever runs the service."),
        Gesture.ASK_AGAIN,
    ),
    OddKind.REFUND_UNPOSTED: Words(
        _("A refund is not in the ledger as it was given"),
        _("The database was changed by hand. Call whoever runs the service."),
        Gesture.ASK_AGAIN,
    ),
    OddKind.LINES_UNPOSTED: Words(
        _("An invoice is not in the ledger as it was billed"),
        _("The database was changed by hand. Call whoever runs the service."),
        Gesture.INVOICE,
    ),
    OddKind.ORPHAN: Words(
        _("Money moved in the ledger, without its payment or its refund"),
        _("The database was changed by hand. Call whoever runs the service."),
        Gesture.ASK_AGAIN,
    ),
    OddCounter.DIFFERS: Words(
        _("The receipts of the counter and the ledger do not have the same sum"),
        _("The database was changed by hand. Call whoever runs the service."),
        Gesture.ASK_AGAIN,
    ),
    OddKind.UNRECORDED: Words(
        _("Paid, and no receipt was made"),
        _("The worker stopped at that moment. It is asked for each minute: compare again."),
        Gesture.ASK_AGAIN,
    ),
    OddKind.REFUND_LATE: Words(
        _("A refund waits for more than a day"),
        _("The provider was down, or nobody gave the money at the counter."),
        Gesture.CHEQUE,
    ),
    OddKind.REFUND_FAILED: Words(
        _("A refund that the card does not take"),
        _("The card expired, or its account is closed. Make a cheque."),
        Gesture.CHEQUE,
    ),
    OddKind.EVENT_SET_ASIDE: Words(
        _("A message of the provider could not be read"),
        _("It is malformed, or about something that is not here. It is kept: look at it, then try again or close it."),
        Gesture.MESSAGE,
    ),
    OddKind.REFUND_PROPOSED: Words(
        _("A refund is proposed"),
        _("Someone asked to cancel, then paid by card. The place is free again: give the money back."),
        Gesture.REFUND,
    ),
    OddKind.OVERPAID: Words(
        _("Paid more than what is owed"),
        _("A line was taken back, and no refund was asked for."),
        Gesture.INVOICE,
    ),
}
