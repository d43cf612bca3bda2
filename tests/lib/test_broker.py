"""What waits together is leased together; what was not acknowledged comes again."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from parvis.lib.broker import Broker
from parvis.lib.jobs import enqueue, job

pytestmark = pytest.mark.django_db
DELIVER, WAKE = job("parvis.mail.tasks.deliver", together=True), job("parvis.mail.tasks.wake")


def leased(broker: Broker) -> list[tuple[int, str, tuple[object, ...]]]:
    """(how many rows, the function, its arguments) of what is leased now."""
    tasks = [(ids, SignedPackage.loads(payload)) for ids, payload in broker.dequeue() or []]
    return [(len(ids), task["func"], tuple(task["args"])) for ids, task in tasks]


def test_letters_are_one_job_and_everything_else_stays_alone() -> None:
    for number in (4, 5):
        enqueue(DELIVER, number)
        enqueue(WAKE)
    assert leased(Broker()) == [(1, WAKE, ()), (1, WAKE, ()), (2, DELIVER, (4, 5))]


def test_a_job_that_was_not_done_comes_again_until_it_is() -> None:
    broker = Broker()
    for number in range(3):
        enqueue(DELIVER, number)
    assert leased(broker) == [(3, DELIVER, (0, 1, 2))]
    assert leased(broker) == []
    enqueue(DELIVER, 3)
    assert leased(broker) == [(1, DELIVER, (3,))]
    OrmQ.objects.update(lock=timezone.now() - timedelta(seconds=1))
    [(ids, _payload)] = broker.dequeue() or []
    assert broker.acknowledge(ids) and not broker.acknowledge(ids)
    assert not OrmQ.objects.exists()


def test_no_more_than_a_handful_is_leased_at_once() -> None:
    for number in range(Conf.BULK + 2):
        enqueue(DELIVER, number)
    broker = Broker()
    assert [count for count, _func, _args in leased(broker) + leased(broker)] == [Conf.BULK, 2]
