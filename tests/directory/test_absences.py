"""Absences and delegates: who may record them, and where new work goes."""

from datetime import date, timedelta

import pytest
from pytest_django import Settings

from parvis.apps.cases.services import handling
from parvis.apps.directory.models import Absence, User
from parvis.apps.directory.queries import stand_in
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.directory.services.absences import absences, end_absence, say_absence
from parvis.lib.errors import Invalid, NotAllowed, NotFound
from tests.counting import statements
from tests.desk.case.made import entered, opened, page, text
from tests.factories import SmallTown, make_user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"


def record(user: User, first: int = 0, last: int = 4, delegate: User | None = None, by: User | None = None) -> Absence:
    days = [TODAY + timedelta(days=at) for at in (first, last)]
    return say_absence(user=user, first_day=days[0], last_day=days[1], delegate=delegate, by=by or user)


def test_what_comes_to_someone_away_goes_to_who_replaces_them(town: SmallTown) -> None:
    absence = record(town.technician, delegate=town.manager)
    assert record(town.technician, delegate=town.manager) == absence  # sent twice
    assert stand_in(town.technician, TODAY + timedelta(days=4)) == town.manager
    assert stand_in(town.technician, TODAY + timedelta(days=5)) == town.technician
    assert end_absence(absence_id=absence.pk, by=town.technician) == town.technician
    assert stand_in(town.technician, TODAY) == town.technician


def test_who_replaces_takes_only_what_they_may_work_on(town: SmallTown) -> None:
    """A user of the desk and a department, whose delegate works at the desk only."""
    both = make_user("luc.morin", (town.desk, Role.AGENT), (town.works, Role.TECHNICIAN))
    record(both, delegate=town.agent)
    assert stand_in(both, TODAY) == town.agent
    assert stand_in(both, TODAY, department=town.works.pk) == both
    case = opened(town)
    handling.assign(case_id=case.pk, to=both, by=town.manager)
    case.refresh_from_db()
    assert case.owner == both


def test_coming_back_sooner_keeps_the_days_that_passed(town: SmallTown) -> None:
    absence = record(town.technician, first=-3)
    end_absence(absence_id=absence.pk, by=town.manager)
    absence.refresh_from_db()
    assert absence.last_day == TODAY - timedelta(days=1) and absences() == []
    with pytest.raises(NotFound):
        end_absence(absence_id=absence.pk, by=town.manager)


@pytest.mark.parametrize(
    ("first", "last", "field"), [(0, -1, "last_day"), (3, 2, "last_day"), (0, 800, "last_day"), (4, 9, "first_day")]
)
def test_what_makes_no_sense_is_refused_beside_its_field(town: SmallTown, first: int, last: int, field: str) -> None:
    record(town.technician, first=5, last=6)
    with pytest.raises(Invalid) as refused:
        record(town.technician, first=first, last=last)
    assert list(refused.value.fields) == [field]


def test_who_replaces_works_in_one_of_the_departments(town: SmallTown) -> None:
    for other in (town.planner, town.technician, make_user("zoe.roy", (town.works, Role.TECHNICIAN), is_active=False)):
        with pytest.raises(Invalid) as refused:
            record(town.technician, delegate=other)
        assert list(refused.value.fields) == ["delegate"]


def test_nobody_says_it_of_a_colleague_but_who_manages_the_staff(town: SmallTown) -> None:
    with pytest.raises(NotAllowed):
        record(town.technician, by=town.agent)
    with pytest.raises(NotAllowed):
        record(town.editor)  # an editor receives no work
    absence = record(town.technician, by=town.manager)
    with pytest.raises(NotAllowed):
        end_absence(absence_id=absence.pk, by=town.agent)


def test_the_page_says_who_is_away_and_keeps_ones_own(town: SmallTown) -> None:
    client, manager = entered(town.technician), entered(town.manager)
    sent = {"first_day": "2026-11-23", "last_day": "2026-12-04", "delegate": town.manager.pk}
    assert client.post("/desk/absences/", {**sent, "last_day": "2026-11-20"}).status_code == 422
    assert client.post("/desk/absences/", {**sent, "user": town.planner.pk}).status_code == 302
    absence = Absence.objects.get()
    assert absence.user == town.technician, "a forged name is one's own"
    seen = text(manager.get("/desk/absences/"))
    assert "Absence en cours" in seen and town.technician.display_name in seen
    assert f"/desk/absences/{absence.pk}/end/" not in page(entered(town.agent).get("/desk/absences/"))
    client.post(f"/desk/absences/{absence.pk}/end/")
    assert "Personne ne s’absente" in text(client.get("/desk/absences/"))


def test_the_page_costs_the_same_however_many_are_away(town: SmallTown) -> None:
    client, counts = entered(town.manager), []
    client.get("/desk/absences/")
    for days in (1, 30):
        for at in range(days):
            record(make_user(f"p{days}.{at}", (town.works, Role.TECHNICIAN)), delegate=town.manager, by=town.manager)
        with statements() as queries:
            client.get("/desk/absences/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_two_who_are_away_together_do_not_replace_each_other_unknowingly(town: SmallTown) -> None:
    client, sent = entered(town.technician), {"first_day": "2026-11-24", "last_day": "2026-12-01"}
    record(town.manager, first=3, last=9, delegate=town.technician)
    answer = client.post("/desk/absences/", {**sent, "delegate": town.manager.pk})
    assert answer.status_code == 422 and not Absence.objects.filter(user=town.technician).exists()
    warned = f"{town.manager.display_name} s’absente aussi : du 27 novembre au 1er décembre 2026."
    assert f"Qui remplace : {warned}" in text(answer) and "Garder quand même" in text(answer)
    client.post("/desk/absences/", {**sent, "delegate": town.manager.pk, "even_away": "on"})
    assert Absence.objects.get(user=town.technician).delegate == town.manager


def test_someone_away_may_replace_when_their_own_replacement_is_here(town: SmallTown) -> None:
    colleague = make_user("zoe.roy", (town.works, Role.TECHNICIAN))
    record(town.manager, delegate=colleague)
    record(town.technician, delegate=town.manager)
    assert stand_in(town.technician, TODAY) == colleague
    with pytest.raises(Invalid) as refused:
        record(colleague, delegate=town.technician)  # the chain would loop
    assert list(refused.value.fields) == ["even_away"]
