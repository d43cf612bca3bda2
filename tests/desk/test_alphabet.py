"""Choices are sorted by name in the language of the page, ignoring accents."""

from collections.abc import Callable

import pytest
from django.test import Client

from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import forget
from parvis.apps.directory.rules.permissions import Role
from tests.factories import SmallTown, make_user

SignIn = Callable[[User], Client]


def in_order(labels: list[str], *wanted: str) -> bool:
    places = [next(at for at, label in enumerate(labels) if label.startswith(item)) for item in wanted]
    return places == sorted(places)


@pytest.fixture
def named(town: SmallTown) -> SmallTown:
    Department.objects.filter(pk=town.works.pk).update(name_fr="Égouts", name_en="Sewers")
    Department.objects.filter(pk=town.planning.pk).update(name_fr="Urbanisme", name_en="Planning")
    Subject.objects.filter(pk=town.pothole.pk).update(title_fr="Égout", title_en="Sewer")
    Subject.objects.filter(pk=town.shed.pk).update(title_fr="Zonage", title_en="Planning")
    for first, last in (("Zoé", "Émond"), ("Luc", "Éthier"), ("Anne", "Vézina")):
        make_user(f"{first[0]}{last[1:]}".lower(), (town.works, Role.TECHNICIAN), first_name=first, last_name=last)
    forget()
    return town


@pytest.mark.parametrize(("language", "first", "then"), [("fr", "Égout", "Zonage"), ("en", "Planning", "Sewer")])
def test_a_list_to_choose_from(named: SmallTown, signed_in: SignIn, language: str, first: str, then: str) -> None:
    client = signed_in(named.manager)
    client.cookies["lang"] = language
    form = client.get("/desk/search/").context["form"]
    assert in_order([str(label) for _, label in form.fields["subject"].choices], first, then)
    departments = [str(label) for _, label in form.fields["department"].choices]
    assert in_order(departments, *(("Égouts", "Urbanisme") if language == "fr" else ("Planning", "Sewers")))


def test_people_stand_by_their_last_names(named: SmallTown, signed_in: SignIn) -> None:
    client = signed_in(named.manager)
    wanted = ("Zoé Émond", "Luc Éthier", "Anne Vézina")
    form = client.get("/desk/absences/").context["form"]
    for name in ("user", "delegate"):
        assert in_order([str(label) for _, label in form.fields[name].choices], *wanted)
    here = client.get("/desk/offboarding/").context["here"]
    assert in_order([line["person"].display_name for line in here], *wanted)
