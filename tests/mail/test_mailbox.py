"""In the demonstration, letters are shown at /dev/mail/ without running any script in them."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.directory.models import User
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.services.outgoing import queue_letter
from tests.counting import statements
from tests.factories import SmallTown

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(town: SmallTown, signed_in: Callable[[User], Client], settings: Settings) -> Client:
    settings.PARVIS_MAILBOX = True
    return signed_in(town.editor)


def send(count: int, run_jobs: Callable[[], int]) -> list[Outgoing]:
    sent = [
        queue_letter(
            key=f"{Outgoing.objects.count()}/{rank}",
            to=f"personne{rank}@exemple.ca",
            language="fr",
            renderer="tests.mail.letters.hello",
            args=[f"<script>{rank}</script>"],
        )
        for rank in range(count)
    ]
    run_jobs()
    return sent


def test_an_empty_mailbox_says_what_to_do(client: Client) -> None:
    assert "empty" in client.get("/dev/mail/").content.decode()


def test_letters_are_listed_latest_first_fifty_at_a_time(client: Client, run_jobs: Callable[[], int]) -> None:
    sent = send(52, run_jobs)
    page = client.get("/dev/mail/").content.decode()
    assert page.index("personne51@") < page.index("personne50@") < page.index("personne2@")
    assert "personne1@" not in page
    assert f'rel="next" href="/dev/mail/?before={sent[2].pk}"' in page
    older = client.get(f"/dev/mail/?before={sent[2].pk}").content.decode()
    assert "personne1@" in older and "personne2@" not in older and 'rel="next"' not in older


def test_the_list_costs_the_same_for_one_or_fifty(client: Client, run_jobs: Callable[[], int]) -> None:
    send(1, run_jobs)
    client.get("/dev/mail/")
    with statements() as capture_queries_context:
        client.get("/dev/mail/")
    send(50, run_jobs)
    with statements() as fifty:
        client.get("/dev/mail/")
    assert len(capture_queries_context) == len(fifty)


def test_a_letter_is_read_in_a_frame_where_nothing_runs(client: Client, run_jobs: Callable[[], int]) -> None:
    [letter] = send(1, run_jobs)
    page = client.get(f"/dev/mail/{letter.pk}/").content.decode()
    letter.refresh_from_db()
    assert letter.message_id.strip("<>") in page
    assert "<script>0" not in page
    assert f'src="/dev/mail/{letter.pk}/html/"' in page and 'sandbox="allow-top' in page
    frame = client.get(f"/dev/mail/{letter.pk}/html/")
    assert frame.content.decode() == letter.html
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "allow-scripts" not in policy


def test_a_letter_still_waiting_says_so(client: Client, town: SmallTown) -> None:
    letter = queue_letter(key="1", to="a@exemple.ca", language="en", renderer="tests.mail.letters.broken")
    for address in ("/dev/mail/", f"/dev/mail/{letter.pk}/"):
        assert "a@exemple.ca" in client.get(address).content.decode()


@pytest.mark.parametrize("address", ["/dev/mail/404/", "/dev/mail/404/html/"])
def test_an_unknown_letter_is_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "²", ""])
def test_a_strange_page_number_is_the_first_page(client: Client, before: str) -> None:
    assert client.get("/dev/mail/", {"before": before}).status_code == 200


def test_outside_demonstration_there_is_no_mailbox(
    client: Client, run_jobs: Callable[[], int], settings: Settings
) -> None:
    [letter] = send(1, run_jobs)
    settings.PARVIS_DEMO = False
    for address in ("/dev/mail/", f"/dev/mail/{letter.pk}/", f"/dev/mail/{letter.pk}/html/"):
        assert client.get(address).status_code in (302, 403, 404)
