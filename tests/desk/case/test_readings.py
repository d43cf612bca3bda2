"""Readings of a person's file are logged, and only the privacy officer sees the log."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from parvis.apps.directory.models import AccessLogEntry, User
from parvis.apps.directory.services.staff import record_reading
from tests.factories import SmallTown, make_person

Enter = Callable[[User], Client]


def test_opening_a_persons_file_leaves_a_line_that_the_officer_reads(town: SmallTown, signed_in: Enter) -> None:
    person = make_person("Jeanne Arsenault", phone="+14185550199")
    assert signed_in(town.agent).get(f"/desk/people/{person.pk}/").status_code == 200
    assert AccessLogEntry.objects.get().user == town.agent
    page = signed_in(town.privacy_officer).get("/desk/access-log/").content.decode()
    assert "Jeanne Arsenault" in page and "Alice Cote" in page


def test_nobody_else_reads_the_log(town: SmallTown, signed_in: Enter) -> None:
    for someone in (town.agent, town.technician, town.editor, town.manager):
        assert signed_in(someone).get("/desk/access-log/").status_code == 403


def test_one_file_one_colleague_and_pages_by_key(town: SmallTown, signed_in: Enter) -> None:
    people = [make_person(f"Personne {number}") for number in range(60)]
    for person in people:
        record_reading(user=town.agent, subject="person", subject_id=person.pk)
    record_reading(user=town.technician, subject="person", subject_id=people[0].pk)
    officer = signed_in(town.privacy_officer)
    first = officer.get("/desk/access-log/")
    assert len(first.context["rows"]) == 50
    second = officer.get("/desk/access-log/" + first.context["next_url"])
    assert len(second.context["rows"]) == 11 and not second.context["next_url"]
    assert len(officer.get(f"/desk/access-log/?person={people[0].pk}").context["rows"]) == 2
    assert len(officer.get(f"/desk/access-log/?by={town.technician.pk}").context["rows"]) == 1
    assert officer.get("/desk/access-log/?person=x&after=y").status_code == 200


@pytest.mark.parametrize("rows", [1, 50])
def test_the_log_costs_the_same_at_1_and_50(
    town: SmallTown, signed_in: Enter, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        record_reading(user=town.agent, subject="person", subject_id=make_person(f"P {number}").pk)
    officer = signed_in(town.privacy_officer)
    officer.get("/desk/access-log/")
    with django_assert_max_num_queries(8):
        officer.get("/desk/access-log/")
