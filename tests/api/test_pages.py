"""The pages for people: what the API does, and the log of the webhooks at the desk."""

from collections.abc import Callable

import pytest
from django.test import Client

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.integrations.models import Webhook, WebhookDelivery
from parvis.apps.integrations.services.gathering import gather_events
from parvis.surfaces.api.page_views import EXAMPLES
from parvis.surfaces.api.problems import titles
from tests.api.calls import Program
from tests.counting import statements
from tests.factories import SmallTown

Make = Callable[..., Program]
BODY = {"subject": "nid-de-poule", "words": "secret-planté", "place": "12 rue du Quai"}


@pytest.mark.parametrize(("language", "word"), [("fr", "Poser une question"), ("en", "Ask a question")])
def test_every_operation_is_explained_in_both_languages(
    placed: SmallTown, client: Client, language: str, word: str
) -> None:
    page = client.get(f"/api/v1/?langue={language}").content.decode()
    document = client.get("/api/v1/openapi.json").json()
    assert word in page and placed.town.email in page
    for path, operations in document["paths"].items():
        for method in operations:
            assert f"{method.upper()} {path}" in page
    assert all(f'id="{code}"' in page for code in titles())


def test_the_examples_are_accepted_as_they_are_written(placed: SmallTown, client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    named = {row["operationId"]: row for path in document["paths"].values() for row in path.values()}
    for name, example in EXAMPLES.items():
        reference = named[name]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        model = document["components"]["schemas"][reference.rpartition("/")[2]]
        assert set(model.get("required", [])) <= set(example) <= set(model["properties"])


def test_a_manager_reads_the_log_turns_on_and_sends_again(
    program: Make, placed: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    desk = signed_in(placed.administrator)
    assert "webhooks:manage" in desk.get("/desk/webhooks/").content.decode()
    caller = program(Scope.CASES_WRITE, Scope.WEBHOOKS_MANAGE)
    caller.post("/webhooks", {"url": "http://127.0.0.1:1/hook", "events": ["case.opened"]})
    reference = caller.post("/cases", BODY).value["reference"]
    gather_events()
    hook, delivery = Webhook.objects.get(), WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(state="failed")
    Webhook.objects.update(active=False)
    listed, log = (desk.get(path).content.decode() for path in ("/desk/webhooks/", f"/desk/webhooks/{hook.pk}/"))
    assert "127.0.0.1:1/hook" in listed and reference in log and hook.secret not in listed + log
    assert desk.post(f"/desk/webhooks/{hook.pk}/on/").status_code == 302
    assert desk.post(f"/desk/webhooks/{hook.pk}/again/", {"message": delivery.message_id}).status_code == 302
    delivery.refresh_from_db()
    assert delivery.state == "queued" and Webhook.objects.get().active
    with statements() as few:
        desk.get(f"/desk/webhooks/{hook.pk}/")
    for _number in range(4):
        caller.post("/cases", BODY)
    gather_events()
    with statements() as many:
        desk.get(f"/desk/webhooks/{hook.pk}/")
    assert len(few) == len(many)
