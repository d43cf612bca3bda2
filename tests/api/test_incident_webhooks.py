"""Webhooks tell what happens to incidents: once each, in order, without anything personal."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Incident
from parvis.apps.cases.services.incidents import incidents as incident_services
from parvis.apps.cases.services.incidents.incident_news import end_incident, send_update
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.integrations import tasks
from parvis.apps.integrations.models import Webhook, WebhookDelivery
from parvis.apps.integrations.services.gathering import gather_events
from tests.api.calls import Program
from tests.api.receiver import receiving
from tests.api.test_webhooks import carry, hook, later, log
from tests.factories import SmallTown, make_person, unique

HEARD, CALLER = "ça coule chez Tremblay", "Odette Tremblay"
WORDS: dict[str, Any] = {
    "title_fr": "Bris d’aqueduc", "title_en": "Water main break", "say_fr": "Une équipe est sur place.",
    "say_en": "A crew is on site.", "whole_town": True, "heard": [HEARD],
}  # fmt: skip


def opened(town: SmallTown) -> Incident:
    words = incident_services.Words(**WORDS)
    return incident_services.open_incident(key=unique(), words=words, department=town.works, by=town.manager)


def update(incident: Incident, town: SmallTown, words: str) -> None:
    english = "The repair is late."
    send_update(incident_id=incident.pk, key=unique(), words_fr=words, words_en=english, by=town.manager)


@pytest.mark.parametrize("ended", [True, False])
def test_an_incident_is_told_opened_updated_and_over(
    program: Callable[..., Program],
    run_jobs: Callable[[], int],
    placed: SmallTown,
    settings: Settings,
    client: Client,
    ended: bool,
) -> None:
    caller = program(*Scope)
    opened(placed)
    later(settings, timedelta(minutes=1))
    with receiving() as receiver:
        made = hook(caller, receiver, "incident.opened", "incident.updated", "incident.ended")
        incident = opened(placed)
        if ended:
            joining = incident_services.Joining(
                key=unique(), channel="phone", person=make_person(CALLER), follows=False
            )
            incident_services.join_incident(incident_id=incident.pk, joining=joining, by=placed.manager)
        carry(run_jobs)
        later(settings, timedelta(minutes=20))
        words = incident_services.Words(**WORDS | {"say_fr": "Deux équipes sont sur place."})
        incident_services.correct_incident(incident_id=incident.pk, words=words, by=placed.manager)
        if ended:
            update(incident, placed, "La réparation tarde.")
        carry(run_jobs)
        later(settings, timedelta(minutes=20))
        if ended:
            end = {"reason": "done", "words_fr": "L’eau est revenue.", "words_en": "Water is back."}
            end_incident(incident_id=incident.pk, key=unique(), **end, by=placed.manager)
        else:
            incident_services.undo_incident(incident_id=incident.pk, by=placed.manager)
        for _time in range(2):
            carry(run_jobs)
        assert receiver.verify(made["secret"])
        messages = list(receiver.kept.values())
    updates = 2 if ended else 1
    told = ["incident.opened", *["incident.updated"] * updates, "incident.ended"]
    assert [message["type"] for message in messages] == told
    first, last = messages[0]["data"]["incident"], messages[-1]["data"]["incident"]
    assert (first["id"], first["title"], first["ended_at"]) == (incident.pk, "Bris d’aqueduc", None)
    assert last["words"] == "Deux équipes sont sur place." and last["reason"] == ("done" if ended else "mistake")
    assert last["ended_at"] == messages[-1]["timestamp"] > messages[0]["timestamp"]
    assert (
        HEARD not in str(messages) and CALLER not in str(messages) and placed.manager.display_name not in str(messages)
    )
    assert len(log(caller, made)) == len(told)
    client.force_login(placed.administrator)
    page = client.get(f"/desk/webhooks/{Webhook.objects.get().pk}/").content.decode()
    assert "incident.ended" in page and "Bris d’aqueduc" in page


def test_only_the_events_asked_for_and_each_once_when_the_log_was_purged(
    program: Callable[..., Program],
    run_jobs: Callable[[], int],
    placed: SmallTown,
    settings: Settings,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    caller = program(*Scope)
    with receiving() as receiver:
        hook(caller, receiver, "incident.opened")
        incidents = [opened(placed) for _number in range(8)]
        with django_assert_max_num_queries(14):
            assert gather_events() == len(incidents)
        update(incidents[0], placed, "La réparation tarde.")
        carry(run_jobs)
        later(settings, timedelta(days=1))
        carry(run_jobs)
        later(settings, timedelta(days=91))
        tasks.purge()
        assert not WebhookDelivery.objects.exists()
        carry(run_jobs)
        assert [message["type"] for message in receiver.kept.values()] == ["incident.opened"] * len(incidents)
        assert len(receiver.calls) == len(incidents)
