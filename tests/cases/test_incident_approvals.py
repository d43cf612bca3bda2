"""What the public reads of an incident was approved by a second person, or decided alone by a decider."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Incident, IncidentDecision
from parvis.apps.cases.queries import incidents as queries
from parvis.apps.cases.services.incidents import approvals, incident_news, incidents
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import TABLE, Action, Role
from parvis.apps.mail.letters import APPROVAL_RENDERER
from parvis.apps.mail.models import Outgoing
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotAllowed, Outdated
from tests.bars import count_of
from tests.cases.test_incidents import WORDS, join, opened, update, words
from tests.factories import SmallTown, make_user, unique

TITLE, OTHER = WORDS["title_fr"], "Bris d’aqueduc, deux rues"
What = IncidentDecision.What


@pytest.fixture(autouse=True)
def _wednesday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"


def read_by_public(text: str, path: str = "/") -> bool:
    """Whether the public reads these words now."""
    queries.forget()
    return text in Client().get(path).text.replace("\u00a0", " ")


def approve(incident: Incident, by: User) -> Incident:
    incident.refresh_from_db()
    return approvals.approve_incident(incident_id=incident.pk, seen=incident.asked_at, by=by)


def lines(incident: Incident) -> list[str]:
    return list(incident.decisions.values_list("what", flat=True))


def asked_by_mail() -> list[str]:
    return sorted(Outgoing.objects.filter(renderer=APPROVAL_RENDERER).values_list("to", flat=True))


def test_an_incident_of_one_agent_is_said_by_the_agents_and_read_by_nobody_until_a_second_person_approves(
    town: SmallTown,
) -> None:
    incident, agent = opened(town), Client()
    agent.force_login(town.agent)
    assert TITLE in agent.get("/desk/incidents/").text
    assert not read_by_public(TITLE) and not read_by_public(TITLE, "/app/") and not read_by_public(TITLE, "/carte/")
    of_another = make_user("odile.roy", (town.planning, Role.MANAGER))
    for nobody in (town.agent, town.technician, town.editor, of_another):
        with pytest.raises(NotAllowed):
            approve(incident, nobody)
    approve(incident, town.communications)
    assert read_by_public(TITLE)
    assert lines(incident) == [What.ASKED, What.APPROVED]
    with pytest.raises(Conflict):
        approve(incident, town.manager)


def test_who_wrote_it_does_not_approve_it_whatever_their_role(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_EMERGENCY_DECIDERS = []
    for role in (role for role, actions in TABLE.items() if Action.OPEN_INCIDENT in actions):
        writer = make_user(unique("w"), (town.works, role))
        incident = incidents.open_incident(key=unique(), words=words(), department=town.works, by=writer)
        with pytest.raises(NotAllowed):
            approve(incident, writer)
        assert incident.public_at is None and not read_by_public(TITLE)


def test_a_decider_of_emergencies_makes_it_public_alone_and_the_journal_says_so(
    town: SmallTown, settings: Settings
) -> None:
    settings.PARVIS_EMERGENCY_DECIDERS = [str(Role.MANAGER)]
    incident = incidents.open_incident(key=unique(), words=words(), department=town.works, by=town.manager)
    assert read_by_public(TITLE) and lines(incident) == [What.BYPASSED] and not asked_by_mail()
    incidents.correct_incident(incident_id=incident.pk, words=words(title_fr=OTHER), by=town.manager)
    assert read_by_public(OTHER) and lines(incident) == [What.BYPASSED, What.BYPASSED]
    page = Client()
    page.force_login(town.manager)
    assert "sans une deuxième personne" in page.get(f"/desk/incidents/{incident.pk}/").text


def test_a_decider_who_wrote_a_part_of_what_waits_decides_alone(town: SmallTown) -> None:
    incident = opened(town)
    incidents.correct_incident(incident_id=incident.pk, words=words(title_fr=OTHER), by=town.manager)
    assert not read_by_public(OTHER)
    approve(incident, town.manager)
    assert read_by_public(OTHER) and lines(incident)[-1] == What.BYPASSED


@pytest.mark.parametrize("what", ["words", "news", "end"])
def test_new_words_wait_and_the_public_keeps_reading_the_former_ones(town: SmallTown, what: str) -> None:
    incident = approve(opened(town), town.manager)
    later = now() + timedelta(hours=3, minutes=17)
    change: dict[str, tuple[Callable[[], Any], str]] = {
        "words": (
            lambda: incidents.correct_incident(
                incident_id=incident.pk, words=words(title_fr=OTHER), by=town.technician
            ),
            OTHER,
        ),
        "news": (lambda: update(incident, town.technician), "L’eau revient vers 20 h."),
        "end": (lambda: update(incident, town.technician, words_fr="Bientôt.", until=later), "13 h 17"),
    }
    act, text = change[what]
    act()
    assert read_by_public(TITLE) and not read_by_public(text)
    approve(incident, town.communications)
    assert read_by_public(text)
    assert lines(incident) == [What.ASKED, What.APPROVED, What.ASKED, What.APPROVED]


def test_lifting_needs_nobody_and_ends_what_waited(town: SmallTown) -> None:
    incident = approve(opened(town), town.manager)
    incidents.correct_incident(incident_id=incident.pk, words=words(title_fr=OTHER), by=town.agent)
    incident_news.end_incident(
        incident_id=incident.pk, key=unique(), reason="done", words_fr="Fini.", words_en="Over.", by=town.technician
    )
    assert not read_by_public(TITLE) and not read_by_public(OTHER)
    with pytest.raises(Conflict):
        approve(incident, town.manager)


def test_words_sent_back_stay_among_the_agents_and_may_be_asked_again(town: SmallTown) -> None:
    incident = opened(town)
    approvals.send_incident_back(
        incident_id=incident.pk, seen=incident.asked_at, note="Quelle rue?", by=town.communications
    )
    agent = Client()
    agent.force_login(town.agent)
    page = agent.get(f"/desk/incidents/{incident.pk}/").text
    assert "Quelle rue?" in page and not read_by_public(TITLE)
    agent.post(f"/desk/incidents/{incident.pk}/ask/")
    approve(incident, town.communications)
    assert read_by_public(TITLE)


def test_what_changed_since_it_was_read_is_not_approved(town: SmallTown, settings: Settings) -> None:
    incident = opened(town)
    seen = incident.asked_at
    settings.PARVIS_NOW = "2026-11-25T10:05:00-05:00"
    incidents.correct_incident(incident_id=incident.pk, words=words(title_fr=OTHER), by=town.agent)
    with pytest.raises(Outdated):
        approvals.approve_incident(incident_id=incident.pk, seen=seen, by=town.communications)
    assert not read_by_public(OTHER)


def test_each_who_may_approve_is_told_once_by_mail_and_by_a_count_in_the_menu(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    incident = opened(town)
    incidents.correct_incident(incident_id=incident.pk, words=words(title_fr=OTHER), by=town.agent)
    approvers = (town.communications, town.clerk, town.manager)
    assert asked_by_mail() == sorted(user.email for user in approvers)
    run_jobs()
    letter = Outgoing.objects.filter(renderer=APPROVAL_RENDERER).first()
    assert letter and f"/desk/incidents/{incident.pk}/" in letter.text and TITLE in letter.text
    of_another = make_user("odile.roy", (town.planning, Role.MANAGER))
    for user, count in (*((user, 1) for user in approvers), (town.agent, 0), (of_another, 0)):
        client = Client()
        client.force_login(user)
        assert count_of("incidents", client.get("/desk/incidents/").text) == count, user
    page = Client()
    page.force_login(town.communications)
    shown = page.get(f"/desk/incidents/{incident.pk}/").text
    panel = shown.partition('id="approval-h"')[2].partition("</section>")[0]
    for name in ("title_en", "say_fr", "say_en"):
        assert WORDS[name] in panel.replace("&#x27;", "'"), name
    assert OTHER in panel and 'value="approve"' in panel
    page.post(
        f"/desk/incidents/{incident.pk}/approve/",
        {"do": "approve", "seen": panel.partition('name="seen" value="')[2].partition('"')[0]},
    )
    assert read_by_public(OTHER)


def test_programs_are_told_of_an_incident_once_the_public_is(town: SmallTown, settings: Settings) -> None:
    incident = opened(town, subject=town.streetlight)
    assert Client().get("/api/v1/incidents").json()["items"] == []
    settings.PARVIS_NOW = "2026-11-25T10:05:00-05:00"
    approve(incident, town.communications)
    queries.forget()
    assert [row["id"] for row in Client().get("/api/v1/incidents").json()["items"]] == [incident.pk]


def test_followers_are_told_at_once_though_the_public_page_waits(town: SmallTown) -> None:
    incident = approve(opened(town), town.manager)
    join(incident, town.agent, phone="+14185550112")
    update(incident, town.technician)
    assert queries.updates(incident)[0].waiting == 1 and not read_by_public("L’eau revient vers 20 h.")
