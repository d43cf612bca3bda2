"""Everything anyone sends is counted, by client and by network; a school behind one address never meets the limit."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

from parvis.apps.cases.models import Case
from parvis.apps.directory.models import User
from parvis.apps.residents.models import Account
from parvis.apps.throttling.models import Count
from parvis.apps.throttling.services import Limit, count_attempt
from parvis.lib.clock import now
from parvis.surfaces.public import every_post
from tests.factories import SmallTown
from tests.public.test_request import PATH, filled
from tests.public.test_request_abuse import proof

SCHOOL = "203.0.113.40"
SAMPLES = {"int": "1", "uuid": "5d6a3a8e-6f5e-4b8e-9b1e-0c9e7d7c6b5a", "slug": "s", "str": "s", "path": "s"}


def addresses(
    patterns: list[URLPattern | URLResolver], before: str = "/"
) -> Iterator[tuple[str, Callable[..., object]]]:
    """Every address, with something in place of what it holds, and its view."""
    for pattern in patterns:
        if isinstance(pattern.pattern, RegexPattern):
            continue
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
            continue
        for name, converter in pattern.pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
            for written in (f"<{kind}:{name}>", f"<{name}>"):
                route = route.replace(written, SAMPLES.get(kind, "s"))
        yield route, pattern.callback


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one client may send is spent."""
    monkeypatch.setattr(every_post, "CLIENT", 1)
    count_attempt(Limit("post", SCHOOL, 1, every_post.WINDOW))


def test_every_form_open_to_anyone_counts(town: SmallTown, spent: None) -> None:
    everyone = Client(REMOTE_ADDR=SCHOOL)
    tried = 0
    for address, view in addresses(get_resolver().url_patterns):
        if address.startswith(every_post.COUNTED_ELSEWHERE) or getattr(view, "stores_nothing", False):
            continue
        assert everyone.post(address).status_code == 429, address
        tried += 1
    assert tried > 100
    assert everyone.get("/suivi/").status_code == 200, "pages are read as before"


@pytest.mark.parametrize(("language", "words"), [("fr", "Un moment, s’il vous plaît"), ("en", "One moment, please")])
def test_beyond_it_the_page_gives_back_what_was_typed_and_the_phone(
    town: SmallTown, spent: None, language: str, words: str
) -> None:
    client = Client(REMOTE_ADDR=SCHOOL)
    client.cookies["lang"] = language
    answer = client.post(PATH, {"words": "Un trou devant chez moi.", "password": "secret ici"})
    assert answer.status_code == 429 and 0 < int(answer["Retry-After"]) <= every_post.WINDOW
    assert words in answer.text and "Un trou devant chez moi." in answer.text and "secret ici" not in answer.text
    by_script = client.post(PATH, {"words": "x"}, headers={"HX-Request": "true"})
    assert by_script.status_code == 429 and by_script["Content-Type"].startswith("text/plain")


def test_who_is_signed_in_as_staff_is_not_counted(
    town: SmallTown, spent: None, signed_in: Callable[[User], Client]
) -> None:
    agent = signed_in(town.agent)
    assert agent.post("/staff/logout/", REMOTE_ADDR=SCHOOL).status_code != 429


def test_addresses_of_one_subscriber_and_of_one_site_count_together(
    town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(every_post, "CLIENT", 2)
    monkeypatch.setattr(every_post, "NETWORK", 3)

    def sent(address: str) -> int:
        return Client(REMOTE_ADDR=address).post("/suivi/", {}).status_code

    assert [sent(f"2001:db8:5:1::{n}") for n in (1, 2, 3)] == [422, 422, 429]
    assert [sent(f"2001:db8:5:{n}::1") for n in (2, 3)] == [422, 429]
    assert sent("2001:db8:6:1::1") == 422


def test_families_behind_the_address_of_an_operator_are_counted_each_for_itself(
    town: SmallTown, spent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is signed in to an account sends though the address is spent, as long as the account is not."""
    monkeypatch.setattr(every_post, "CLIENT", 2)
    count_attempt(Limit("post", SCHOOL, 2, every_post.WINDOW))
    assert Client(REMOTE_ADDR=SCHOOL).post("/suivi/").status_code == 429

    def of_family(number: int) -> Client:
        account = Account.objects.create(created_at=now(), seen_at=now(), epoch=number)
        client = Client(REMOTE_ADDR=SCHOOL)
        session = client.session
        session["account"] = [account.pk, account.epoch]
        session.save()
        client.cookies["sessionid"] = session.session_key or ""
        return client

    for family in map(of_family, (1, 2)):
        assert [family.post("/suivi/").status_code for _ in range(3)] == [422, 422, 429]


def test_a_school_behind_one_address_reports_three_hundred_times_an_hour(
    town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The densest ten minutes: thirty children in the same minute, then one every twelve seconds. Each sends some eight
    times, photos and corrections with it, and the tablets do the work.
    """
    moment = {"now": 1_800_000_000.0}
    monkeypatch.setattr("parvis.apps.throttling.services.time", lambda: moment["now"])
    for child in range(60):
        client = Client(REMOTE_ADDR=SCHOOL)
        form = filled(client, words=f"Un trou, {child}.", place=f"Coin {child}")
        assert client.post(PATH, form | {"altcha": proof(client)}).status_code == 302, child
        for _ in range(7):
            assert not count_attempt(
                Limit("post", SCHOOL, every_post.CLIENT, every_post.WINDOW),
                Limit("post-network", "203.0.113.0/24", every_post.NETWORK, every_post.WINDOW),
            )
        moment["now"] += 2 if child < 30 else 12
    assert Case.objects.count() == 60


def test_a_sending_costs_as_many_statements_whatever_was_counted_before(town: SmallTown) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as taken:
            Client(REMOTE_ADDR=SCHOOL).post("/suivi/", {})
        return sum("throttling_count" in query["sql"] for query in taken)

    first = statements()
    Count.objects.bulk_create([Count(key=f"n{n}", expires_at="2036-01-01T00:00Z") for n in range(2_000)])
    assert [statements() for _ in range(20)] == [first] * 20 and first <= 4
