"""Where an attempt to pay stands, and what the page of a payment shows of it. Every surface tells it from here."""

from enum import StrEnum

BACK, GOING, LEFT = "retour", "aller", "annule"
"""Where the browser says that it comes from, or goes. It proves nothing: who pays may also say that they left."""


class Standing(StrEnum):
    """What is known of an attempt. Nobody is told "refused" or "ended" while its money may have been taken."""

    PAID = "paid"
    SETTLED = "settled"  # nothing is owed, and nothing was paid: what it was for was taken back
    VERIFYING = "verifying"  # the money may have been taken
    PREPARING = "preparing"  # the page of the bank is not made yet
    UNAVAILABLE = "unavailable"  # it could not be made
    OPEN = "open"  # one may pay there; nothing was, as far as the bank told us
    REFUSED = "refused"  # the same, and a card was refused there: another one may be taken
    ENDED = "ended"  # the bank says that nobody paid there, nor can any more


class Step(StrEnum):
    """What the page shows: the standing, or what follows from where the browser comes."""

    PAID = "paid"
    SETTLED = "settled"
    VERIFYING = "verifying"
    PREPARING = "preparing"
    UNAVAILABLE = "unavailable"
    OPEN = "open"
    REFUSED = "refused"
    ENDED = "ended"
    LEAVING = "leaving"  # to the page of the bank
    LEFT = "left"  # come back from it without paying, as the browser says


MAY_BE_PAID = (Standing.OPEN, Standing.REFUSED)
"""The session is open at the bank: a refusal is not its last word."""
NOT_SURE = (Standing.VERIFYING, *MAY_BE_PAID)
"""What the bank may know better: it is asked when somebody looks."""


def standing(
    stage: str, *, is_made: bool, owed: int, paid: bool, is_over: bool, verified_elsewhere: bool = False
) -> Standing:
    """Where an attempt of that stage (`PaymentAttempt.Stage`) stands.

    `is_made`: its page is made, or is being made. `paid`: money came for its invoice. `is_over`: its session is being
    ended. `verified_elsewhere`: another attempt at the same invoice may have gone through.
    """
    if owed <= 0:
        return Standing.PAID if paid else Standing.SETTLED
    if stage in ("succeeded", "processing") or verified_elsewhere:
        return Standing.VERIFYING
    if stage == "expired":
        return Standing.ENDED
    if is_over:
        return Standing.VERIFYING
    if stage == "created":
        return Standing.PREPARING if is_made else Standing.UNAVAILABLE
    return Standing.REFUSED if stage == "failed" else Standing.OPEN


def shown(found: Standing, step: str) -> Step:
    """What the page shows to a browser that comes from `step`: back from the bank, a payment may have just been made,
    whatever was known before it.
    """
    if found in MAY_BE_PAID:
        if step == BACK:
            return Step.VERIFYING
        if step == GOING:
            return Step.LEAVING
        if step == LEFT and found is Standing.OPEN:
            return Step.LEFT
    return Step(found)
