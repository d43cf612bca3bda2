"""What every test may ask for: a migrated database, a small town, signed-in people, the jobs run for real."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import get_resolver
from django.utils import translation
from django_q.models import OrmQ
from pytest_django import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from parvis.apps.cases import journal_checkpoints
from parvis.apps.directory import services as directory_services
from parvis.apps.directory.models import User
from parvis.apps.knowledge import queries as knowledge_queries
from parvis.lib import ttl_cache
from parvis.lib.jobs import resolve
from parvis.operations.town.load import load as load_town
from tests.blanks import compact
from tests.counting import standing_clock
from tests.factories import SmallTown, make_small_town
from tests.prepared import migrated_postgres, migrated_sqlite
from tests.settings import SERVER

HERE = Path(__file__).parent
SAMPLE_MOMENT = "2026-11-24T10:00:00-05:00"
ON_POSTGRES = "postgresql" in settings.DATABASES["default"]["ENGINE"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pg", action="store_true", help="run on PostgreSQL (TEST_POSTGRES_URL) instead of SQLite")


COUNTS_STATEMENTS = {"django_assert_num_queries", "django_assert_max_num_queries"}

# Tests that reach the database of the run by processes of their own.
BY_PROCESSES = ("crash", "journeys", "run")
SCREENS = "test_screens.py"


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # xdist would begin with the files of most tests, and end with the longest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The journeys begin first, since they last the longest; the others that start processes come in the middle, when
    few browsers are open and something is left to do beside.

    What never touches a database says the same on both: it runs once, on SQLite.
    """
    plain = [item.path for item in items if item.path.parent.name not in BY_PROCESSES]
    early = set(plain[: len(plain) // 2])
    items.sort(key=lambda item: _haste(item, early))
    if not ON_POSTGRES:
        return
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        asked = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
        theirs = item.path.parent.name in BY_PROCESSES or item.get_closest_marker("django_db")
        (kept if asked or theirs else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def _haste(item: pytest.Item, early: set[Path]) -> int:
    if item.path.parent.name == "journeys" and item.path.name != SCREENS:
        return 0
    return 2 if item.path.parent.name in BY_PROCESSES else 1 if item.path in early else 3


class ByInstallation(LoadScopeScheduling):
    """The journeys of one town follow one another in one process, so that its installation starts once; those that look
    at every page have another, beside.
    """

    def _split_scope(self, nodeid: str) -> str:
        path, _, name = nodeid.partition("::")
        town = name.partition("[")[2].partition("]")[0]
        shared = next((slug for slug in ("carignan", "val-des-aulnes") if town.startswith(slug)), "")
        screens = " of the screens" if path.endswith(SCREENS) else ""
        return f"journeys{screens} in {shared}" if "journeys/" in path and shared else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Instead of --dist loadgroup, whose groups this version of pytest does not let through."""
    return ByInstallation(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    return not ON_POSTGRES


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The tests begin with a copy of a migrated database: migrating takes longer than most test files."""
    if ON_POSTGRES:
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_postgres(SERVER)
    else:
        shutil.copyfile(migrated_sqlite(), settings.DATABASES["default"]["TEST"]["NAME"])


@pytest.fixture(scope="session", autouse=True)
def _addresses() -> None:
    """The addresses of the site are read as the demonstration has them, before a test leaves it."""
    get_resolver().url_patterns  # noqa: B018


@pytest.fixture(scope="session", autouse=True)
def _pages_without_blanks() -> Iterator[None]:
    """A page that a test asks for comes without the blanks that nobody sees: it may be laid out otherwise tomorrow."""
    asked = Client.request

    def request(client: Client, **environ: Any) -> Any:
        answer = asked(client, **environ)
        if not answer.streaming and answer.headers.get("Content-Type", "").startswith("text/html"):
            answer.content = compact(answer.content.decode()).encode()
        return answer

    with patch.object(Client, "request", request):
        yield


@pytest.fixture(autouse=True)
def _fresh_memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a process remembers between requests does not pass from one test to the next; where statements are counted,
    its clock stands still: nothing is read again because the machine is slow.
    """
    monkeypatch.setattr(ttl_cache, "FRESH_SECONDS", 3600.0)
    translation.deactivate()  # the language of a page asked for by the test before
    caches["local"].clear()
    ttl_cache.forget_all()
    directory_services.forget()
    knowledge_queries.forget()
    (settings.PARVIS_DATA / "photos-now.lock").unlink(missing_ok=True)  # holds what the photos of late cost
    counts = bool(COUNTS_STATEMENTS & set(request.fixturenames))
    with standing_clock() if counts else nullcontext():
        yield
    shutil.rmtree(journal_checkpoints.folder(), ignore_errors=True)  # signed of a database that is gone


@pytest.fixture
def run_jobs(db: None) -> Callable[[], int]:
    """Runs every job waiting in the queue, and those they ask for, in order; returns how many. Failures are raised."""

    def drain() -> int:
        ran = 0
        while row := OrmQ.objects.order_by("pk").first():
            task = row.task
            resolve(task["func"])(*task["args"], **task["kwargs"])
            row.delete()
            ran += 1
        return ran

    return drain


@pytest.fixture
def town(db: None) -> SmallTown:
    """A small town that resembles none of those in files: a desk, two departments, everyone of the role table."""
    return make_small_town()


@pytest.fixture(scope="module")
def sample_town(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The sample town, loaded once for a module, as of SAMPLE_MOMENT; what each of them changes is undone."""
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(PARVIS_NOW=SAMPLE_MOMENT):
        load_town(HERE.parent / "towns" / "carignan", demo=True)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """signed_in(user): a client whose session is that person's."""

    def enter(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return enter
