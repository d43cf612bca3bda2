"""How a new date is shown to the citizen and to the staff."""

from collections.abc import Callable

from django.test import Client
from django.utils import translation
from pytest_django import Settings

from parvis.apps.cases.queries import warnings
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen.citizen import not_fixed
from parvis.apps.cases.services.due_dates.sla_reminders import process_due_reminders
from parvis.apps.directory.models import Actor, User
from tests.cases.test_clocks import MONDAY, opened
from tests.factories import SmallTown, make_person


def test_a_date_that_was_given_is_not_said_to_be_counted_as_the_first_one(
    town: SmallTown, settings: Settings, signed_in: Callable[[User], Client], client: Client
) -> None:
    settings.PARVIS_NOW = MONDAY
    case = opened(town, person=make_person(email="jeanne@exemple.ca"))
    handling.take(case_id=case.pk, by=town.technician)
    technician = signed_in(town.technician)

    def said() -> str:
        pages = (client.get(f"/suivi/{case.secret}/"), technician.get(f"/desk/cases/{case.reference}/"))
        return "".join(page.content.decode() for page in pages).replace("\u00a0", " ")

    assert "Nous promettons 5 jours ouvrables" in said() and "Promis : 5 jours ouvrables" in said()
    settings.PARVIS_NOW = "2026-11-30T09:00:00-05:00"
    process_due_reminders()
    assert "celle-ci vous a été donnée à sa place" in said() and "Nous promettons" not in said()
    assert "Promis d’abord : 5 jours ouvrables, congés exclus. Une nouvelle date a été donnée depuis." in said()
    with translation.override("fr"):
        assert "Façon de compter" not in warnings.warning(case.pk, "moved").text
    handling.close(case_id=case.pk, reason="answered", words="C’est réglé.", by=town.technician)
    not_fixed(case_id=case.pk, words="Non.", by=Actor.staff(town.agent))
    assert "Nous promettons 5 jours ouvrables" in said(), "reopened, it counts again"
