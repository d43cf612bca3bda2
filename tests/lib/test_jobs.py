"""A job is queued in the same transaction as the change that needs it."""

import pytest
from django.db import transaction
from django_q.models import OrmQ

from parvis.lib.jobs import URGENT, announce, collected, enqueue, event, job, when

pytestmark = pytest.mark.django_db
GIVE_UP = job("parvis.apps.mail.tasks.give_up")
WARN = job("parvis.apps.outreach.tasks.deliver", urgent=True)


def test_a_job_is_kept_with_the_transaction_that_asks_for_it() -> None:
    enqueue(GIVE_UP)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue(GIVE_UP)
        _ = 1 / 0
    assert [(row.task["func"], row.task["args"]) for row in OrmQ.objects.all()] == [(GIVE_UP, ())]


def test_an_urgent_job_has_a_queue_of_its_own() -> None:
    enqueue(GIVE_UP)
    enqueue(WARN, 7)
    assert {row.key: (row.task["func"], row.task["args"]) for row in OrmQ.objects.all()} == {
        "parvis": (GIVE_UP, ()),
        URGENT: (WARN, (7,)),
    }


def test_a_name_that_nobody_declared_is_refused() -> None:
    with pytest.raises(LookupError):
        enqueue("parvis.apps.mail.tasks.no_such_job")


def test_what_an_app_announces_queues_the_jobs_of_those_that_listen_in_the_same_transaction() -> None:
    when(event("mail.planted"), GIVE_UP)
    when("mail.planted", WARN)
    when("mail.planted", WARN)  # as when `ready()` runs twice
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        announce("mail.planted", 7)
        _ = 1 / 0
    assert not OrmQ.objects.exists()
    announce("mail.planted", 7)
    assert [(row.key, row.task["func"], row.task["args"]) for row in OrmQ.objects.order_by("pk")] == [
        ("parvis", GIVE_UP, (7,)),
        (URGENT, WARN, (7,)),
    ]


def test_what_nobody_listens_to_is_announced_all_the_same() -> None:
    announce(event("mail.unheard"), 7)
    assert not OrmQ.objects.exists()


def test_an_event_that_nobody_declared_is_refused() -> None:
    with pytest.raises(LookupError):
        announce("mail.no_such_event")


def test_collected_jobs_are_for_the_caller_to_do() -> None:
    with collected() as jobs:
        enqueue(GIVE_UP)
    assert jobs == [(GIVE_UP, ())] and not OrmQ.objects.exists()
    enqueue(GIVE_UP)
    assert OrmQ.objects.count() == 1
