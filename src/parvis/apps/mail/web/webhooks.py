"""Receives messages, and news of letters, from the provider of PARVIS_MAIL_WEBHOOK, through django-anymail."""

from typing import Any

from anymail.signals import inbound, tracking
from anymail.urls import urlpatterns
from django.dispatch import receiver

from parvis.apps.mail.models import InboundDelivery
from parvis.apps.mail.queries import mailbox_for
from parvis.apps.mail.rules.limits import LARGEST
from parvis.apps.mail.services.incoming import Arrived, record_refusal, store_message, store_oversize

REFUSED = ("bounced", "rejected", "failed")


def patterns(provider: str) -> list[Any]:
    """The URLs of one provider: <provider>/inbound/ and <provider>/tracking/; none for ""."""
    return [url for url in urlpatterns if provider and str(url.pattern).startswith(f"{provider}/")]


@receiver(inbound)
def take(sender: object, event: Any, **_: Any) -> None:
    """Stores a message as the provider gives it; an error makes the provider send it again."""
    addresses = [event.message.envelope_recipient] if event.message.envelope_recipient else []
    raw, arrived = event.message.as_bytes(), Arrived(InboundDelivery.Via.WEBHOOK, mailbox_for(addresses), addresses)
    if len(raw) > LARGEST:
        store_oversize(raw, len(raw), arrived)
    else:
        store_message(raw, arrived)


@receiver(tracking)
def follow(sender: object, event: Any, **_: Any) -> None:
    """Marks refused the last letter to an address that the provider could not deliver to."""
    if event.event_type in REFUSED and event.recipient:
        reason = event.mta_response or event.description or event.reject_reason or event.event_type
        record_refusal(recipient=event.recipient, reason=reason)
