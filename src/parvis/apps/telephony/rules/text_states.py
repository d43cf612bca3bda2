"""What the provider tells of a text that left."""

SENT, DELIVERED, FAILED = "sent", "delivered", "failed"
_RANKS = {SENT: 1, FAILED: 2, DELIVERED: 3}
_OF_TWILIO = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), SENT),
    **dict.fromkeys(("delivered", "read"), DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), FAILED),
}


def of_twilio(status: str) -> str:
    """What a status of Twilio means: SENT, DELIVERED, FAILED, or "" when it says nothing of the delivery."""
    return _OF_TWILIO.get(status, "")


def moves_on(known: str, news: str) -> bool:
    """Whether the news changes what is known ("": nothing). Statuses come in any order: none goes back, and a delivery
    is the last.
    """
    return _RANKS[news] > _RANKS.get(known, 0)
