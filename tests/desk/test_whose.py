"""Every gesture on what belongs to a department, over its address: one's own, another's, and nobody's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from parvis.apps.cases.models import Case, Incident
from parvis.apps.cases.services.incidents.incidents import Words, open_incident
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor, Department, User
from parvis.apps.directory.rules.permissions import Action, Role, reach_of
from parvis.lib.ttl_cache import forget_all
from tests.confirming import confirm
from tests.factories import SmallTown, make_department, make_subject, make_user, unique

SignIn = Callable[[User], Client]
WHOSE = ("own", "other", "nobody")


@dataclass(frozen=True)
class Place:
    """A department, and what belongs to it: a request, an incident that waits, someone who works there."""

    department: Department
    case: Case
    twin: Case
    incident: Incident
    person: User


@pytest.fixture
def places(town: SmallTown) -> dict[str, Place]:
    places = {}
    for whose in WHOSE:
        department = make_department(whose)
        subject = make_subject(f"sujet-{whose}", department, public=True)
        person = make_user(f"travaille.{whose}", (department, Role.TECHNICIAN))
        values: dict[str, Any] = {"nature": "request", "channel": "phone", "words": "Trou", "address": town.address}
        case, twin = (
            open_case(NewCase(key=unique(), subject=subject, **values), by=Actor.staff(town.agent)).case
            for _twice in range(2)
        )
        words = Words(
            title_fr="Bris", title_en="Break", say_fr="Un bris.", say_en="A break.", subject=subject, whole_town=True
        )
        incident = open_incident(key=unique(), words=words, department=department, by=town.agent)
        places[whose] = Place(department, case, twin, incident, person)
    make_user("zoe.roy", (places["other"].department, Role.MANAGER))
    make_user("yves.roy", (places["own"].department, Role.MANAGER))
    forget_all()
    return places


Gesture = Callable[[Client, Place], bool]


def _opens(path: str) -> Gesture:
    def gesture(client: Client, place: Place) -> bool:
        pks = {"person": place.person.pk, "incident": place.incident.pk}
        return client.get(path.format(ref=place.case.reference, **pks)).status_code == 200

    return gesture


def _moved(move: str) -> Gesture:
    def gesture(client: Client, place: Place) -> bool:
        sent = {"seen": str(place.case.seq), "key": unique(), "note": "Un mot", "words": "Un mot", "text": "Un mot"}
        client.post(f"/desk/cases/{place.case.reference}/{move}/", sent)
        return Case.objects.get(pk=place.case.pk).seq > place.case.seq

    return gesture


def _merges(client: Client, place: Place) -> bool:
    sent = {"with": place.case.reference, "words": "Le même trou"}
    client.post(f"/desk/cases/{place.twin.reference}/merge/", sent)
    return Case.objects.get(pk=place.twin.pk).merged_into_id is not None


def _assigns(client: Client, place: Place) -> bool:
    client.post(f"/desk/assignments/{place.department.slug}/", {"assignment": "load"})
    return Department.objects.get(pk=place.department.pk).assignment == "load"


def _approves(client: Client, place: Place) -> bool:
    asked = Incident.objects.get(pk=place.incident.pk).asked_at
    assert asked
    client.post(f"/desk/incidents/{place.incident.pk}/approve/", {"seen": asked.isoformat()})
    return Incident.objects.get(pk=place.incident.pk).public_at is not None


def _ends(client: Client, place: Place) -> bool:
    sent = {"key": unique(), "reason": "done", "words_fr": "Réparé.", "words_en": "Mended.", "proof": "Réparé"}
    client.post(f"/desk/incidents/{place.incident.pk}/end/", sent)
    return Incident.objects.get(pk=place.incident.pk).ended_at is not None


def _cuts(client: Client, place: Place) -> bool:
    client.post(f"/desk/offboarding/{place.person.pk}/cut/")
    return not User.objects.get(pk=place.person.pk).is_active


GESTURES: list[tuple[str, Action, Gesture]] = [
    ("read a request", Action.READ_CASE, _opens("/desk/cases/{ref}/")),
    ("take it", Action.WORK_CASE, _moved("take")),
    ("note on it", Action.FOLLOW_CASE, _moved("note")),
    ("see its public side", Action.PUBLISH_CASE, _opens("/desk/cases/{ref}/public/")),
    ("merge it with another", Action.MERGE_CASE, _merges),
    ("set who receives", Action.SET_ASSIGNMENT, _assigns),
    ("approve an incident", Action.APPROVE_INCIDENT, _approves),
    ("end it", Action.END_INCIDENT, _ends),
    ("see what someone leaves", Action.MANAGE_STAFF, _opens("/desk/offboarding/{person}/")),
    ("cut their access", Action.MANAGE_STAFF, _cuts),
]


@pytest.mark.parametrize("role", list(Role))
def test_each_gesture_reaches_what_the_table_says_and_nothing_else(
    role: Role, places: dict[str, Place], signed_in: SignIn
) -> None:
    user = make_user("rose.roy", (places["own"].department, role))
    forget_all()
    client = confirm(signed_in(user))
    bits = {"own": 1, "nobody": 2, "other": 4}
    for name, action, gesture in GESTURES:
        reach = reach_of([role], action)
        if action == Action.FOLLOW_CASE:  # who works on it notes on it too
            reach |= reach_of([role], Action.WORK_CASE)
        did = {whose: gesture(client, places[whose]) for whose in WHOSE}
        expected = {whose: bool(reach.value & bits[whose]) for whose in WHOSE}
        assert did == expected, f"{role}: {name}"
