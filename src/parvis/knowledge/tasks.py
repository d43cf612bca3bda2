"""What the background worker does for the answers."""

from django.core.management import call_command


def publish_due() -> None:
    """Publish the answers whose hour has come, withdraw those whose time is over. Safe to run at any moment."""
    call_command("publish_scheduled", verbosity=0)
