"""The CAP messages to show."""

from django.db.models import OuterRef, Subquery

from parvis.apps.news.models import AlertMessage
from parvis.lib.clock import now


def cap_messages() -> list[AlertMessage]:
    """The last message of each alert until it lapses, the newest first; a Cancel stays until then too, for whoever
    relays the alert. One query.
    """
    last = AlertMessage.objects.filter(alert=OuterRef("alert")).order_by("-pk").values("pk")[:1]
    rows = AlertMessage.objects.filter(expires_at__gt=now(), pk=Subquery(last))
    return list(rows.order_by("-sent_at", "-pk"))


def message_of(identifier: str) -> AlertMessage | None:
    """The message with that identifier, lapsed or not: others refer to it."""
    return AlertMessage.objects.filter(identifier=identifier).first()
