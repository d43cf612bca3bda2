"""What every carrier promises of what it hands over, whatever the other side does."""

import pytest
from django.db.models import QuerySet

from parvis.apps.outbox.models import OutboxItem, State
from parvis.operations.backup.restoring import hold_or_doubt
from tests.outbox.conftest import NOT_NOW, TAKEN_THEN_ERROR, TAKEN_WITHOUT_A_WORD, Carried

pytestmark = pytest.mark.django_db
LATER = (2, 3, 6, 10, 31)  # minutes: beyond the first waits of each


def fresh(item: OutboxItem) -> OutboxItem:
    item.refresh_from_db()
    return item


def test_it_leaves_once_though_asked_for_twice(carried: Carried) -> None:
    item = carried.queue()
    carried.pass_time(0)
    carried.pass_time(*LATER)
    assert len(carried.taken()) == 1
    assert (fresh(item).state, item.attempts, item.claimed_until) == (State.SENT, 1, None)
    assert item.sent_at and item.attempted_at


def test_what_was_not_taken_for_now_leaves_later_once(carried: Carried) -> None:
    carried.fails(NOT_NOW)
    item = carried.queue()
    carried.pass_time(0)
    assert not carried.taken()
    assert fresh(item).state == State.QUEUED and item.error and item.not_before
    carried.pass_time(*LATER)
    assert len(carried.taken()) == 1 and fresh(item).state == State.SENT


@pytest.mark.parametrize("fault", [TAKEN_THEN_ERROR, TAKEN_WITHOUT_A_WORD])
def test_what_was_taken_without_a_clear_answer_is_never_doubled(carried: Carried, fault: str) -> None:
    carried.fails(fault)
    item = carried.queue()
    carried.pass_time(0)
    assert len(set(carried.taken())) == 1 and fresh(item).state != State.SENT
    carried.pass_time(*LATER)
    never_doubled(carried, item)


def test_a_worker_killed_between_the_answer_and_its_record_doubles_nothing(carried: Carried) -> None:
    item = carried.queue()
    carried.killed_once_taken()
    assert len(carried.taken()) == 1 and fresh(item).state == State.SENDING
    carried.pass_time(*LATER)
    never_doubled(carried, item)


def never_doubled(carried: Carried, item: OutboxItem) -> None:
    """The other side has it once, or can tell that it is the same."""
    assert len(set(carried.taken())) == 1
    if carried.is_asked or carried.is_final:
        assert len(carried.taken()) == 1
    assert fresh(item).state == (State.UNCERTAIN if carried.is_final else State.SENT)


def test_what_left_since_the_backup_that_was_restored_is_not_doubled(carried: Carried) -> None:
    item = carried.queue()
    rows: QuerySet[OutboxItem] = QuerySet(type(item)).filter(pk=item.pk)
    [backup] = rows.values()
    carried.pass_time(0)
    assert len(carried.taken()) == 1
    rows.update(**backup)
    hold_or_doubt()
    carried.pass_time(*LATER)
    assert len(set(carried.taken())) == 1
    if carried.is_asked or carried.is_final:
        assert len(carried.taken()) == 1


def test_what_had_not_left_when_the_backup_was_made_leaves_where_that_can_be_asked(carried: Carried) -> None:
    carried.queue()
    hold_or_doubt()
    carried.pass_time(*LATER, *LATER, 60, 60)  # a list of theirs is read more than once
    assert len(carried.taken()) <= 1
    if carried.is_asked:
        assert len(carried.taken()) == 1
