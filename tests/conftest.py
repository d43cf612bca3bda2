"""Shared fixtures: a migrated database, a small town, signed-in clients, and the execution of queued jobs."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.core.cache import cache, caches
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import get_resolver
from django.utils import translation
from django_q.models import OrmQ
from pytest_django import DjangoDbBlocker

from parvis.apps.cases.services import journal_checkpoints
from parvis.apps.cases.services.indexing import index_new_cases
from parvis.apps.directory.models import User
from parvis.apps.directory.services import staff
from parvis.apps.mail.tasks import send_letters
from parvis.apps.matching.queries import suggesting
from parvis.config.settings import EMAIL_BACKEND as QUEUE_BACKEND
from parvis.lib import ttl_cache
from parvis.lib.jobs import resolve
from parvis.operations.town.load import load as load_town
from tests.blanks import compact
from tests.counting import standing_clock
from tests.emptying import quick_flush
from tests.factories import SmallTown, make_small_town
from tests.prepared import migrated_postgres, migrated_sqlite
from tests.settings import ON_POSTGRES, SERVER
from tests.waiting import Watch

HERE = Path(__file__).parent
pytest_plugins = ["tests.plan"]
WATCH = Watch()
SAMPLE_MOMENT = "2026-11-24T10:00:00-05:00"


COUNTS_STATEMENTS = {"django_assert_num_queries", "django_assert_max_num_queries"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fails a test during which something waited for the network in a transaction, other than the test's own."""
    WATCH.begin()
    try:
        yield
    finally:
        found = WATCH.end()
    if found:
        pytest.fail(f"{len(found)} waits for the network in a transaction. The first one: {found[0]}", pytrace=False)


@pytest.fixture(scope="session", autouse=True)
def emptied_quickly() -> Iterator[None]:
    """After a test that commits, the tables that hold rows are emptied, and no other."""
    with quick_flush():
        yield


@pytest.fixture(scope="session", autouse=True)
def libraries_queue_their_mail(django_test_environment: None) -> None:
    """As in the product: Django's test environment would have them send to `mail.outbox` at once."""
    settings.EMAIL_BACKEND = QUEUE_BACKEND


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    return not ON_POSTGRES


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Copies a migrated database, since migrating takes longer than most test files."""
    if ON_POSTGRES:
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_postgres(SERVER)
    else:
        shutil.copyfile(migrated_sqlite(), settings.DATABASES["default"]["TEST"]["NAME"])


@pytest.fixture(scope="session", autouse=True)
def _addresses() -> None:
    """Loads the URLs of the demonstration, before a test turns it off."""
    get_resolver().url_patterns  # noqa: B018


@pytest.fixture(scope="session", autouse=True)
def _pages_without_blanks() -> Iterator[None]:
    """Normalises the whitespace of every HTML response, so that tests do not depend on the layout of templates."""
    original = Client.request

    def request(client: Client, **environ: Any) -> Any:
        response = original(client, **environ)
        page = response.headers.get("Content-Type", "").startswith("text/html")
        if page and not response.streaming and "Content-Encoding" not in response:
            response.content = compact(response.content.decode()).encode()
        return response

    with patch.object(Client, "request", request):
        yield


@pytest.fixture(autouse=True)
def _fresh_memory(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Clears every cache between tests; freezes their clock in tests that count statements, so that no entry expires on
    a slow machine. The shared cache is a table, rolled back with its test; after one that commits it is cleared, or its
    attempts would count against the limits of the next ones.
    """
    monkeypatch.setattr(ttl_cache, "FRESH_SECONDS", 3600.0)
    translation.deactivate()  # the language of the previous test's last page
    caches["local"].clear()
    ttl_cache.forget_all()
    staff.forget()
    suggesting.forget()
    (settings.PARVIS_DATA / "photos-ledger.lock").unlink(missing_ok=True)  # holds the recent cost of photos
    counts = bool(COUNTS_STATEMENTS & set(request.fixturenames))
    with standing_clock() if counts else nullcontext():
        yield
    if _commits(request):
        with django_db_blocker.unblock():
            cache.clear()
    shutil.rmtree(journal_checkpoints.folder(), ignore_errors=True)  # signatures of a database that no longer exists


def _commits(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return "transactional_db" in request.fixturenames or bool(marker and marker.kwargs.get("transaction"))


@pytest.fixture
def run_jobs(db: None) -> Callable[[], int]:
    """run_jobs(): indexes new requests, runs the queued jobs and sends the letters that wait, then what these queue, in
    order; returns how many jobs and letters. A job that fails raises; a letter that fails waits.
    """

    def drain() -> int:
        count = 0
        index_new_cases()
        while (row := OrmQ.objects.order_by("pk").first()) or (letters := send_letters()):
            if row is None:
                count += letters
                continue
            task = row.task
            resolve(task["func"])(*task["args"], **task["kwargs"])
            row.delete()
            count += 1
        return count

    return drain


@pytest.fixture
def town(db: None) -> SmallTown:
    """A small invented town: a desk, two departments, one user per role."""
    return make_small_town()


@pytest.fixture(scope="module")
def sample_town(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The sample town as of SAMPLE_MOMENT, loaded once per module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(PARVIS_NOW=SAMPLE_MOMENT):
        load_town(HERE.parent / "towns" / "carignan", demo=True)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """signed_in(user): a client signed in as that user."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
