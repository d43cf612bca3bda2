"""The queue of jobs: django-q2's own, whose rows are leased by the handful."""

from time import sleep
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ

from parvis.lib.rows import insert


class Broker(ORM):
    """Leases up to `bulk` jobs in one transaction, in the order they came.

    django-q2 leases each by a transaction of its own: as many syncs of the disk as jobs, and as many turns taken from
    those who write. Two workers never lease the same job.
    """

    def enqueue(self, task: str) -> int:
        """Inserts the job, in the caller's transaction; returns its number."""
        row = OrmQ(key=self.list_key, payload=task, lock=timezone.now())
        insert(row)
        return int(row.pk)

    def dequeue(self) -> list[tuple[int, str]] | None:
        """(id, payload) of the jobs leased for PARVIS_JOB_RETRY seconds; None, after a short sleep, when none waits."""
        if not self._due().exists():
            sleep(Conf.POLL)
            return None
        with transaction.atomic(using=Conf.ORM):
            due = self._due().select_for_update(skip_locked=True).order_by("pk")[: Conf.BULK]
            leased = [(row.pk, row.payload) for row in due]
            rows = self.get_connection().filter(pk__in=[pk for pk, _payload in leased])
            rows.update(lock=self.timeout(None))
        return leased or None

    def _due(self) -> Any:
        return self.get_connection().filter(key=self.list_key, lock__lt=timezone.now())
