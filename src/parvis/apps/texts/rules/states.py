"""The states of a text that leaves, and which may follow which."""

QUEUED, SENT, DELIVERED, FAILED, REFUSED = "queued", "sent", "delivered", "failed", "refused"
_RANKS = {QUEUED: 0, SENT: 1, FAILED: 2, REFUSED: 2, DELIVERED: 3}
_OF_TWILIO = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), SENT),
    **dict.fromkeys(("delivered", "read"), DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), FAILED),
}


def of_twilio(status: str) -> str:
    """The state that a status of Twilio means; "" for one that says nothing of the delivery."""
    return _OF_TWILIO.get(status, "")


def moves_on(state: str, news: str) -> bool:
    """Whether the news changes the state. Statuses come in any order: none goes back, and a delivery is the last."""
    return _RANKS[news] > _RANKS[state]
