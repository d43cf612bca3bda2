"""Background jobs of the answers."""

from django.core.management import call_command

from parvis.apps.content.services import alert_feed, fact_expiry


def publish_due() -> None:
    """Publish the answers whose time has come and withdraw the expired ones. Idempotent."""
    call_command("publish_scheduled", verbosity=0)


def keep_alert_feed() -> None:
    """Job of each minute: `alert_feed.keep_alert_feed`."""
    alert_feed.keep_alert_feed()


def tell_owners() -> None:
    """Daily job: `fact_expiry.tell_owners`."""
    fact_expiry.tell_owners()
