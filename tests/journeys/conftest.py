"""Fixtures of the journeys: the running product in a real browser, on the database of the run."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.journeys.browser import FLAGS, Hands, chromium, keep_evidence
from tests.journeys.service import ROOT, SAMPLE_TOWN, WEBHOOK_SECRET, Service
from tests.journeys.steps_records import Records, reading
from tests.settings import ON_POSTGRES, SERVER

EVIDENCE = ROOT / "var" / "journeys"
expect.set_options(timeout=15_000)  # generous, for a machine busy with the other tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.journey)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Stores the report of each phase on the item, for the fixtures that keep evidence."""
    report = yield
    setattr(item, f"report_{report.when}", report)
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield chrome
        chrome.close()


@pytest.fixture(scope="session")
def new_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    """new_service(town, **settings): an installation, prepared and started, and stopped at the end of the run."""
    services: list[Service] = []

    def make(town: str, **settings: str) -> Service:
        service = Service(town, tmp_path_factory.mktemp(town), SERVER if ON_POSTGRES else "", extra=settings)
        services.append(service)
        service.prepare()
        if not settings:  # set afterwards: they change nothing of the town, which is installed once for every journey
            service.extra |= {
                "PARVIS_EMBED_ORIGINS": f"http://localhost:{service.site_port}",
                "PARVIS_MAIL_WEBHOOK": "postmark",
                "PARVIS_MAIL_WEBHOOK_SECRET": WEBHOOK_SECRET,
            }
        service.start()
        return service

    yield make
    for service in services:
        service.stop()


@pytest.fixture(scope="session", params=[SAMPLE_TOWN])
def service(request: pytest.FixtureRequest, new_service: Callable[..., Service]) -> Iterator[Service]:
    """The running product, in the sample town unless a mark names others (tests/journeys/marks.py).

    The journeys of a town share its database, and use distinct people and words.
    """
    running = new_service(request.param)
    yield running
    running.stop()


@pytest.fixture
def records(service: Service, django_db_blocker: DjangoDbBlocker) -> Iterator[Records]:
    """The records in the database of the running product."""
    with django_db_blocker.unblock(), reading(service) as result:
        yield result


@pytest.fixture(scope="session")
def journals_hold(service: Service) -> Iterator[None]:
    """Checks, after the journeys of a town, that every journal is intact: a journal only grows, so a fault stays."""
    yield
    done = service.command("verify-journal")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def hands(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    """A keyboard user in a new browser (1440 x 900, French), at `service`."""
    yield from at_a_page(browser, service, request)


@pytest.fixture
def other_hands(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    """A second user, in another browser."""
    yield from at_a_page(browser, service, request)


def at_a_page(browser: Browser, service: Service, request: pytest.FixtureRequest, **options: Any) -> Iterator[Hands]:
    """The same as `hands`, at any service. Keeps evidence when the test fails, and fails on any error of a page."""
    window = {"width": 1440, "height": 900}
    defaults = {"viewport": window, "locale": "fr-CA", "timezone_id": "America/Toronto", "reduced_motion": "reduce"}
    context: BrowserContext = browser.new_context(**defaults | options)
    context.set_default_timeout(8000)
    context.set_default_navigation_timeout(30_000)  # the first page of a server just started, on a busy machine
    hands = Hands(context.new_page(), service.url)
    yield hands
    report: Any = getattr(request.node, "report_call", None)
    failed, complaints = report is not None and report.failed, hands.complaints()
    if (failed or complaints) and not hands.page.is_closed():
        screenshot = keep_evidence(hands.page, EVIDENCE, f"{request.node.name}-{request.fixturename}")
        print(f"\n{screenshot}\n{complaints}\n--- web\n{service.log('web')}\n--- worker\n{service.log('worker')}")
    context.close()
    assert failed or complaints == [], "the pages of this journey had errors"
