"""Background work on sessions and on the traces of jobs."""

from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone
from django_q.models import Failure

KEPT = timedelta(days=90)


def purge() -> None:
    """Drops the sessions that ended and the failures of jobs older than 90 days."""
    call_command("clearsessions")
    Failure.objects.filter(started__lt=timezone.now() - KEPT).delete()
