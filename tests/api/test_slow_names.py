"""Names that a name server never answers for, given by programs and managers: nobody else waits for them."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.integrations import tasks
from parvis.apps.integrations.models import Webhook
from parvis.apps.open311.services.forwarding.servers import ServerValues, save_server
from tests.api.calls import Program
from tests.factories import SmallTown

BODY: dict[str, Any] = {"subject": "nid-de-poule", "words": "Un trou", "place": "12 rue du Quai"}
Make = Callable[..., Program]


class SlowNames:
    """A name server that never answers, until it is let go; `asked` are the names that were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.asking, self.let_go = threading.Event(), threading.Event()

    def resolve(self, host: str, *_more: object, **_other: object) -> list[object]:
        """In the place of socket.getaddrinfo."""
        self.asked.append(host)
        self.asking.set()
        self.let_go.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowNames]:
    names = SlowNames()
    monkeypatch.setattr(socket, "getaddrinfo", names.resolve)
    yield names
    names.let_go.set()


@pytest.fixture
def caller(program: Make) -> Program:
    return program(Scope.CASES_WRITE, Scope.WEBHOOKS_MANAGE)


@pytest.mark.django_db
def test_webhooks_whose_name_never_resolves_are_made_without_waiting_for_it(
    caller: Program, slow_names: SlowNames
) -> None:
    made = [
        caller.post("/webhooks", {"url": f"https://slow{n}.example.org/", "events": ["case.opened"]}) for n in range(8)
    ]
    one = f"/webhooks/{made[0].value['id']}"
    changed = caller.send("patch", one, {"url": "https://slower.example.org/"})
    assert {answer.status for answer in made} == {201} and changed.status == 200
    assert slow_names.asked == [], "neither a web thread nor a transaction waits for a name"


@pytest.mark.django_db
def test_a_manager_saves_a_server_without_waiting_for_its_name(town: SmallTown, slow_names: SlowNames) -> None:
    save_server(values=ServerValues("Police", town.police, "https://slow.example.org/v2"), by=town.administrator)
    assert slow_names.asked == []


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_a_request_is_opened_while_a_delivery_waits_for_the_name_of_its_webhook(
    caller: Program, slow_names: SlowNames
) -> None:
    made = caller.post("/webhooks", {"url": "https://slow.example.org/", "events": ["case.opened"]}).value
    assert caller.post("/cases", BODY).status == 201
    tasks.deliver_due()

    def deliver() -> None:
        try:
            tasks.deliver(Webhook.objects.get(public_id=made["id"]).pk)
        finally:
            connection.close()

    with ThreadPoolExecutor() as worker:
        delivering = worker.submit(deliver)
        assert slow_names.asking.wait(20)
        opened = caller.post("/cases", BODY)
        still_waiting = not delivering.done()
        slow_names.let_go.set()
        delivering.result(30)
    assert opened.status == 201 and still_waiting
    [row] = caller.get(f"/webhooks/{made['id']}/deliveries").value["items"]
    assert row["state"] == "pending" and row["attempts"][0]["status"] == 0
