"""How an attempt and a refund reach the provider: by the outbox."""

from datetime import timedelta

from parvis.apps.billing.channels.providers import provider
from parvis.apps.billing.models import PaymentAttempt, Refund
from parvis.apps.outbox.channels import Carrier, Outcome
from parvis.apps.outbox.models import State
from parvis.apps.outbox.rules import growing
from parvis.lib.clock import now
from parvis.lib.jobs import announce, event, job
from parvis.lib.transport import PermanentError

ATTEMPT_SENT = event("billing.attempt_sent")
"""With the id of an attempt: the page of the provider waits for whoever pays."""
Stage = PaymentAttempt.Stage


class AttemptCarrier(Carrier[PaymentAttempt]):
    """Makes the page where one pays. Nobody is asked about one in doubt: it is made again, and the lost one is known to
    nobody.
    """

    model = PaymentAttempt
    job = job("parvis.apps.billing.tasks.make_session", urgent=True)
    look_after = timedelta(seconds=5)
    backoff = growing(timedelta(seconds=10), 2, timedelta(minutes=2))

    def send(self, item: PaymentAttempt) -> Outcome:
        """See `Carrier.send`."""
        session = provider(item.provider).create_session(item)
        return Outcome(values={"session_id": session.session_id, "url": session.url})

    def find(self, item: PaymentAttempt) -> Outcome | None:
        """See `Carrier.find`: none that anybody could pay."""
        return None

    def sent(self, item: PaymentAttempt) -> None:
        """See `Carrier.sent`."""
        if item.stage == Stage.CREATED:
            item.stage = Stage.SENT
        announce(ATTEMPT_SENT, item.pk)


class RefundCarrier(Carrier[Refund]):
    """Asks the provider to give money back, for as long as it takes; one in doubt is looked for first.

    What became of one that it took is another question (`services.refunds.record_refund`).
    """

    model = Refund
    job = job("parvis.apps.billing.tasks.ask_refund")
    backoff = growing(timedelta(minutes=1), 2, timedelta(minutes=15))

    def send(self, item: Refund) -> Outcome:
        """See `Carrier.send`. What is refused for good waits for a cheque."""
        bank = provider(_provider_of(item))
        try:
            return Outcome(values={"provider_id": bank.refund(item).refund_id})
        except PermanentError as refusal:
            return Outcome(State.FAILED, str(refusal), {"failed_at": now()})

    def find(self, item: Refund) -> Outcome | None:
        """See `Carrier.find`."""
        found = provider(_provider_of(item)).look_refund(item)
        return Outcome(values={"provider_id": found.refund_id}) if found else None


ATTEMPTS, REFUNDS = AttemptCarrier(), RefundCarrier()


def _provider_of(refund: Refund) -> str:
    attempt = refund.payment.attempt
    return attempt.provider if attempt else ""
