"""The queue of jobs: django-q2's own, whose rows are leased by the handful, and some of them run together."""

from collections import defaultdict
from time import sleep
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from parvis.lib import jobs
from parvis.lib.rows import insert

Ack = tuple[int, ...]


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

    def dequeue(self) -> list[tuple[Ack, str]] | None:
        """(ids, payload) of what is leased for PARVIS_JOB_RETRY seconds; None, after a short sleep, when none waits.

        The jobs that may be run together come as one.
        """
        if not self._due().exists():
            sleep(Conf.POLL)
            return None
        with transaction.atomic(using=Conf.ORM):
            due = self._due().select_for_update(skip_locked=True).order_by("pk")[: Conf.BULK]
            leased = [(row.pk, row.payload) for row in due]
            rows = self.get_connection().filter(pk__in=[pk for pk, _payload in leased])
            rows.update(lock=self.timeout(None))
        return _gathered(leased) or None

    def acknowledge(self, task_id: Ack) -> bool:
        """Removes the jobs that were done; whether there were any."""
        return bool(self.get_connection().filter(pk__in=task_id).delete()[0])

    delete = fail = acknowledge

    def _due(self) -> Any:
        return self.get_connection().filter(key=self.list_key, lock__lt=timezone.now())


def _gathered(leased: list[tuple[int, str]]) -> list[tuple[Ack, str]]:
    found: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    alone: list[tuple[Ack, str]] = []
    for pk, payload in leased:
        task = SignedPackage.loads(payload) if len(leased) > 1 else {}
        if task.get("func") in jobs.TOGETHER:
            found[task["func"]].append((pk, task))
        else:
            alone.append(((pk,), payload))
    for several in found.values():
        args = tuple(arg for _pk, task in several for arg in task["args"])
        alone.append((tuple(pk for pk, _task in several), SignedPackage.dumps(several[0][1] | {"args": args})))
    return alone
