"""Destructions applied again, from the log outside the database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from parvis.apps.directory.models import User
from parvis.apps.households.models import ResidenceProof
from parvis.apps.retention import tasks
from parvis.apps.retention.models import Certificate, Hold, Run
from parvis.apps.retention.services import log
from parvis.apps.retention.services.again import apply_again
from parvis.apps.retention.services.holds import end_hold, place_hold
from tests.retention.conftest import RULE, family, proof
from tests.retention.test_runs import approved

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def put_back(row: ResidenceProof) -> None:
    """As a restored backup does."""
    row.save(force_insert=True)


def test_18_what_was_destroyed_since_the_backup_goes_again(officer: User) -> None:
    """Point 18."""
    row, backup = proof(family()), datetime.now(UTC)
    approved(officer)
    tasks.destroy_approved()
    certificate = Certificate.objects.get()
    put_back(row)
    Certificate.objects.all().delete()
    again = apply_again(since=backup)
    assert (again.destroyed, again.left, again.certificates) == ({RULE: 1}, {}, 1)
    assert not ResidenceProof.objects.exists()
    assert Certificate.objects.get().content == certificate.content
    assert not apply_again(since=backup).destroyed


def test_18_a_backup_made_after_the_destruction_loses_nothing_new(officer: User) -> None:
    """Point 18: the primary key of a row that was destroyed before the backup may be another row's by now."""
    row = proof(family())
    approved(officer)
    tasks.destroy_approved()
    put_back(row)
    assert not apply_again(since=datetime.now(UTC) + timedelta(seconds=1)).destroyed
    assert ResidenceProof.objects.filter(pk=row.pk).exists()


def test_18_a_hold_placed_since_the_backup_is_put_back_and_an_approval_is_asked_anew(officer: User) -> None:
    """Point 18."""
    held, backup = family(), datetime.now(UTC)
    proof(held)
    run = approved(officer)
    hold = place_hold(file=held.public_id, why="Litige au nom de Louise", by=officer)
    ended = place_hold(rule="leisure.carts", why="Essai", by=officer)
    end_hold(hold_id=ended.pk, why="Fini", by=officer)
    Hold.objects.all().delete()
    run.lines.update(state="listed")
    again = apply_again(since=backup)
    assert (again.holds, again.runs) == (2, 1)
    assert Run.objects.get().state == Run.State.PROPOSED
    assert Hold.objects.get(ended_at=None).file == hold.file
    assert "Louise" not in log.path().read_text()


def test_18_the_log_of_a_lost_machine_is_taken_over_once(officer: User, tmp_path: Path) -> None:
    """Point 18."""
    row, backup = proof(family()), datetime.now(UTC)
    approved(officer)
    tasks.destroy_approved()
    other = tmp_path / "lost.jsonl"
    log.path().rename(other)
    put_back(row)
    assert log.adopt(other) == 2 and log.adopt(other) == 0
    assert apply_again(since=backup).destroyed == {RULE: 1}


def test_a_line_cut_short_and_a_line_of_another_town_are_left_aside(officer: User) -> None:
    proof(family())
    log.path().write_text('{"town": "ailleurs", "at": "2026-12-15T14:00:00+00:00", "what": "destroyed"}\n{"town": "an')
    approved(officer)
    tasks.destroy_approved()
    lines, others = log.read("anse-aux-bouleaux")
    assert ([line.what for line in lines], others) == (["destroyed", "certificate"], 2)
