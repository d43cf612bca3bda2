"""How the stand-in for payments behaves, and the cards that it knows."""

from dataclasses import dataclass

CARDS = {
    "4242": "accepted",
    "0002": "refused",
    "9995": "refused: insufficient funds",
    "3155": "asks its holder to confirm",
    "7726": "accepted; a refund takes time",
    "9987": "accepted; closed when a refund is tried",
    "5126": "the same, as Stripe numbers it",
}


@dataclass
class Controls:
    """How it behaves until it is told otherwise (`CONTROLS` says what each does)."""

    delay: float = 0
    duplicate: int = 1
    reorder: bool = False
    drop: int = 0
    webhook_before_redirect: bool = False
    fail: str = ""
    fail_after_charging: str = ""
    future_signature: bool = False
    old_signature: bool = False
    bad_signature: bool = False
    down: bool = False
    slow: float = 0
    refund_seconds: float = 0.2
    now: float | None = None


CONTROLS = {
    "delay": "seconds before each webhook",
    "duplicate": "how many times each webhook is sent; true: twice",
    "reorder": "true: the webhooks of one gesture are sent in reverse",
    "drop": "how many of the webhooks to come are never sent; true: all of them",
    "webhook_before_redirect": "true: the browser is sent back once the webhooks were answered",
    "fail": '"500": what is asked of the API, or on the page of payment, is not done, and the answer is 500',
    "fail_after_charging": '"500" or "timeout": it is done, and answered 500, or not answered; true: 500',
    "future_signature": "true: webhooks are signed five minutes and a second ahead",
    "old_signature": "true: webhooks were signed five minutes and a second ago",
    "bad_signature": "true: webhooks are signed with another secret",
    "down": "true: the API and the page of payment answer 503 and do nothing",
    "slow": "seconds before each answer of the API",
    "refund_seconds": "how long a refund that fails (4000000000009987) or takes time (...7726) is pending",
    "now": "its clock, in Unix seconds; null: that of the machine",
    "rotate_secret": "a new secret (true: it draws one); webhooks are signed with the old one too",
    "secret": "the only secret from then on",
    "hook": "where webhooks are sent; empty: nowhere",
    "pay": 'the id of a session, paid as on its page with "card", by its last four digits (default: 4242)',
    "resend": "the id of an event, whose webhook is sent again",
}
