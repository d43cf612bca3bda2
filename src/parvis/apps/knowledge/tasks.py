"""What the background worker does for the answers."""

from django.core.management import call_command

from parvis.apps.knowledge import fact_expiry, vector_services


def publish_due() -> None:
    """Publish the answers whose hour has come, withdraw those whose time is over. Safe to run at any moment."""
    call_command("publish_scheduled", verbosity=0)


def keep_vectors() -> None:
    """Write the vectors that the processes of the web had to compute by themselves. Safe to run at any moment."""
    vector_services.keep_vectors()


def tell_owners() -> None:
    """Scheduled, once a day: `lapsing.tell_owners`."""
    fact_expiry.tell_owners()
