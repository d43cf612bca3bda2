"""Scheduled clean-up of sessions and failed jobs."""

from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone
from django_q.models import Failure

KEPT = timedelta(days=90)


def purge() -> None:
    """Deletes expired sessions, and job failures older than 90 days."""
    call_command("clearsessions")
    Failure.objects.filter(started__lt=timezone.now() - KEPT).delete()
