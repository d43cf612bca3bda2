"""Background jobs of the answers."""

from django.core.management import call_command

from parvis.apps.knowledge import fact_expiry, vector_services


def publish_due() -> None:
    """Publish the answers whose time has come and withdraw the expired ones. Idempotent."""
    call_command("publish_scheduled", verbosity=0)


def keep_vectors() -> None:
    """Store the vectors that the web processes computed on their own. Idempotent."""
    vector_services.keep_vectors()


def tell_owners() -> None:
    """Daily job: `fact_expiry.tell_owners`."""
    fact_expiry.tell_owners()
