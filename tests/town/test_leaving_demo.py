"""A demonstration database put in production: no sample account or invented day remains in use."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as active
from django.test import Client
from pytest_django import Settings

from parvis.apps.directory import queries
from parvis.apps.directory.models import Closure, Department, Town, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.intake.services.offboarding import Successors, cut_access, move_all
from parvis.lib import ttl_cache
from parvis.operations import preparation
from parvis.operations.town import load as load_
from tests.factories import SmallTown, make_user
from tests.prepared import migrated_sqlite
from tests.town.conftest import ROOT, VILLAGE

pytestmark = pytest.mark.django_db


def prepared(folder: Path | None = None) -> list[str]:
    return list(preparation.prepare(str(folder) if folder else None))


@pytest.fixture
def sampled(settings: Settings) -> None:
    """The small town loaded for a demonstration, then the same database outside it."""
    load_.load(VILLAGE, demo=True)
    assert User.objects.filter(sample=True, is_active=True).exists()
    assert Department.objects.filter(head__sample=True).exists()
    settings.PARVIS_DEMO = False


@pytest.mark.parametrize("folder", [None, VILLAGE])
def test_setup_closes_the_sample_accounts_and_says_so(sampled: None, folder: Path | None) -> None:
    real = make_user("marie.roy")
    output = "\n".join(prepared(folder))
    assert not User.objects.filter(sample=True, is_active=True).exists()
    assert not Department.objects.filter(head__sample=True).exists()
    assert User.objects.get(pk=real.pk).is_active
    assert folder or "Sample accounts closed" in output
    assert "Sample accounts closed" not in "\n".join(prepared(folder))


def test_a_demonstration_loaded_again_opens_them_again(sampled: None, settings: Settings) -> None:
    prepared()
    settings.PARVIS_DEMO = True
    load_.load(VILLAGE, demo=True)
    assert User.objects.filter(sample=True, is_active=True).exists()
    assert Department.objects.filter(head__sample=True).exists()


def test_loading_the_town_again_does_not_bring_back_someone_who_left(settings: Settings) -> None:
    load_.load(VILLAGE, demo=True)
    manager = make_user(
        "marie.roy", *((Department.objects.get(kind="desk"), role) for role in (Role.MANAGER, Role.ADMINISTRATOR))
    )
    left = User.objects.filter(sample=True, pk__in=Department.objects.values("head")).first()
    assert left and Client().post(f"/staff/login/{left.username}/").status_code == 302
    cut_access(user_id=left.pk, by=User.objects.get(pk=manager.pk))
    move_all(user_id=left.pk, successors=Successors(head=manager), by=manager)
    Town.objects.update(folder_hash="")  # a file of the folder changed
    load_.load(VILLAGE, demo=True)
    assert Client().post(f"/staff/login/{left.username}/").status_code == 404
    assert left.username not in Client().get("/staff/login/").content.decode()
    assert not left.memberships.exists()
    assert not Department.objects.filter(head=left).exists()
    assert User.objects.filter(sample=True, is_active=True).exists()


def test_a_load_outside_the_demonstration_closes_them_too_and_a_dry_run_does_not(sampled: None) -> None:
    load_.load(VILLAGE, demo=False, dry_run=True)
    assert queries.open_samples() > 0
    load_.load(VILLAGE, demo=False)
    assert queries.open_samples() == 0


def test_the_service_is_not_ready_while_one_is_open(sampled: None) -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert any("sample accounts are open" in reason for reason in answer.json()["reasons"])
    prepared()
    assert Client().get("/readyz").status_code == 200


def test_the_web_server_refuses_to_start_while_one_is_open(tmp_path: Path) -> None:
    database = tmp_path / "parvis.sqlite3"
    database.write_bytes(migrated_sqlite().read_bytes())
    env = {"PATH": os.environ["PATH"], "PARVIS_DATA": str(tmp_path)}
    parvis = [sys.executable, "-m", "parvis.cli.main"]
    load = [*parvis, "load-town", str(VILLAGE)]
    subprocess.run(load, env=env | {"PARVIS_DEMO": "1"}, check=True, capture_output=True, cwd=ROOT)
    real = {
        "PARVIS_SECRET_KEY": "s" * 50,
        "PARVIS_HOSTS": "127.0.0.1",
        "PARVIS_URL": "http://127.0.0.1",
        "PARVIS_SMTP_URL": "smtp://127.0.0.1:9",
    }
    line = [*parvis, "web", "--bind", "127.0.0.1:0"]
    done = subprocess.run(line, env=env | real, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert done.returncode == 1
    assert "sample accounts are open" in done.stderr and "parvis setup" in done.stderr


def closed(first: date, *, example: bool) -> None:
    Closure.objects.create(first_day=first, last_day=first, name_fr="Congé", name_en="Holiday", example=example)


def test_only_a_confirmed_closure_moves_a_real_promise(town: SmallTown, settings: Settings) -> None:
    invented, true = date(2026, 12, 2), date(2026, 12, 3)
    closed(invented, example=True)
    closed(true, example=False)
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    calendar = queries.working_calendar()
    assert not calendar.is_working_day(invented) and not calendar.is_working_day(true)
    settings.PARVIS_DEMO = False
    ttl_cache.forget_all()
    calendar = queries.working_calendar()
    assert calendar.is_working_day(invented) and not calendar.is_working_day(true)


def calendar_warnings_told() -> list[str]:
    """What /readyz says of the calendar; it warns of other things too, and stays ready."""
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    return [line for line in answer.json()["warnings"] if "calendar.yaml" in line]


def test_an_example_calendar_is_told_at_setup_and_to_those_who_watch(town: SmallTown, settings: Settings) -> None:
    Town.objects.update(hours_example=True)
    closed(date(2026, 12, 2), example=True)
    assert calendar_warnings_told() == []
    settings.PARVIS_DEMO = False
    warnings = [line for line in prepared() if line.startswith("WARNING: ")]
    assert len(warnings) == 2 and "hours are an example" in warnings[0] and "1 closures" in warnings[1]
    assert len(calendar_warnings_told()) == 2
    Town.objects.update(hours_example=False)
    Closure.objects.all().delete()
    assert calendar_warnings_told() == []


def test_the_calendar_and_the_dates_of_the_product_have_one_zone(town: SmallTown) -> None:
    assert str(queries.working_calendar().zone) == active.TIME_ZONE
