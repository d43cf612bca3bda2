"""Liveness and readiness probes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.services.holding import hold_unsent
from parvis.lib import clock
from tests.factories import SmallTown


def waiting_job(minutes: float) -> None:
    OrmQ.objects.create(key="parvis", payload="", lock=timezone.now() - timedelta(minutes=minutes))


def waiting_letter(minutes: float) -> None:
    queued = clock.now() - timedelta(minutes=minutes)
    Outgoing.objects.create(
        key="k", message_id="<k@x>", to="a@exemple.ca", language="fr", renderer="x", queued_at=queued
    )


def ready() -> tuple[int, dict[str, Any]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


def test_alive_asks_nothing_of_the_database() -> None:
    assert Client().get("/healthz").text == "ok\n"


def test_ready_when_all_is_well(town: SmallTown) -> None:
    waiting_job(minutes=1)
    waiting_letter(minutes=2)
    status, body = ready()
    assert status == 200
    assert body["ready"] is True and body["reasons"] == []
    assert body["database"] == body["migrations"] == "ok"
    assert 55 <= body["queue_seconds"] <= 75 and 115 <= body["mail_seconds"] <= 135


def test_not_ready_when_nobody_takes_the_jobs(town: SmallTown) -> None:
    waiting_job(minutes=6)
    status, body = ready()
    assert status == 503
    assert "is the worker running?" in body["reasons"][0]


def test_a_job_in_hand_is_not_late(town: SmallTown) -> None:
    waiting_job(minutes=-1)
    assert ready()[1]["queue_seconds"] == 0


def test_not_ready_when_the_mail_does_not_leave(town: SmallTown) -> None:
    waiting_letter(minutes=20)
    status, body = ready()
    assert status == 503
    assert "does the mail server answer?" in body["reasons"][0]


def test_not_ready_when_a_migration_is_missing(town: SmallTown, monkeypatch: Any) -> None:
    monkeypatch.setattr("parvis.apps.identity.web.health._migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'cases'")
    status, body = ready()
    assert status == 503
    assert body["migrations"] == "missing" and "parvis setup" in body["reasons"][0]


@pytest.mark.only("sqlite")
@pytest.mark.django_db(transaction=True)
def test_not_ready_when_the_database_takes_no_more_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count")
        [most] = cursor.fetchone()
        cursor.execute("PRAGMA max_page_count = 1")  # as many pages as it has
        try:
            status, body = ready()
        finally:
            cursor.execute(f"PRAGMA max_page_count = {most}")
    assert status == 503 and body["database"] == "refuses writes"
    assert "the database takes no writes: database or disk is full" in body["reasons"]


def test_a_restore_that_holds_letters_is_told_to_who_watches(town: SmallTown) -> None:
    waiting_letter(minutes=20)
    hold_unsent()
    status, body = ready()
    assert status == 200 and "1 letters are held" in body["warnings"][-1]
