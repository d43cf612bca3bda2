"""Background jobs of the answers."""

from django.core.management import call_command

from parvis.apps.content.services import fact_expiry


def publish_due() -> None:
    """Publish the answers whose time has come and withdraw the expired ones. Idempotent."""
    call_command("publish_scheduled", verbosity=0)


def tell_owners() -> None:
    """Daily job: `fact_expiry.tell_owners`."""
    fact_expiry.tell_owners()
