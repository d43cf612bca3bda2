"""Every kind of request of both towns has its form, in both languages, whose steps lead to its receipt."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.journal import verify
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.places.models import Address
from parvis.apps.places.queries.plan import plan
from parvis.operations.town.load import load
from tests.public.makers import fitting

ROOT = Path(__file__).parents[2]
TOWNS = [ROOT / "towns/carignan", ROOT / "tests/towns/val-des-aulnes"]


@pytest.fixture(params=TOWNS, ids=lambda path: path.name)
def loaded(request: pytest.FixtureRequest, db: None, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    load(request.param, demo=True)


@pytest.mark.usefixtures("loaded")
def test_what_fits_no_kind_goes_to_the_team_as_no_particular_thing(client: Client) -> None:
    page = client.get("/demande/?q=xyz").content.decode()
    assert 'href="/demande/joindre/?q=xyz">' in page, "a question about taxes is no question about bins"


def walk(client: Client, path: str, page: str, form: dict[str, Any], address: str) -> list[str]:
    """The steps through which the server leads the form, from the first one to what is checked last.

    Each step that it names is in the page, or the form would stay where it is on a phone; a warning is read once.
    """
    sections = re.findall(r'data-step="(\w+)"', page)
    values, walked = form | {"step": sections[0]}, sections[:1]
    while walked[-1] != "check":
        named = answer = ""
        for _time in range(2):
            answer = client.post(f"{path}etape/", values, REMOTE_ADDR=address).content.decode()
            values["seen"] = html.unescape(re.findall(r'name="seen" value="([^"]*)"', answer)[0])
            named = re.findall(r'data-step="(\w+)"', answer)[0]
            if named != walked[-1]:
                break
        assert named in sections[sections.index(walked[-1]) + 1 :], (path, named, sections, answer)
        values["step"] = named
        walked.append(named)
    assert walked == sections, path
    return walked


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.soak("towns"))])
def test_each_kind_has_its_form_whose_steps_lead_to_its_receipt(
    client: Client, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("SENDINGS", "BARE", "BARE_NETWORK", "BARE_TOWN"):
        monkeypatch.setattr(f"parvis.surfaces.public.request.abuse_limits.{limit}", 1000)
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
    address = Address.objects.select_related("street").exclude(latitude=None).order_by("pk")[0]
    subjects = list(Subject.objects.filter(active=True, routable=True).prefetch_related("questions"))
    for rank, subject in enumerate(subjects):
        path = f"/demande/{subject.slug}/"
        page = client.get(path).content.decode()
        key = re.search(r'name="key" value="([^"]+)"', page)
        assert key and f'lang="{language}-CA"' in page, path
        form: dict[str, Any] = {
            "key": html.unescape(key[1]), "words": "Deux mots", "who": "nobody", "place": address.label,
            "nature": subject.nature, **{f"ask-{each.key}": fitting(each) for each in subject.questions.all()},
        }  # fmt: skip
        walked = walk(client, path, page, form, f"192.0.2.{rank}")
        assert ("where" in walked) == (subject.place != Subject.Place.NONE)
        sent = client.post(path, form)
        assert sent.status_code == 302, (path, re.findall(r'class="error".*', sent.content.decode()))
    assert Case.objects.count() == len(subjects)
    assert [wrong for _, wrong in verify() if wrong] == []
    case_of = {case.subject_id: case for case in Case.objects.all()}
    for subject in subjects:
        required = {each.key for each in subject.questions.all() if each.required}
        keys = {detail["key"] for detail in case_of[subject.pk].details}
        assert required <= keys or subject.nature == Nature.COMMENT


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("place", Subject.Place.values)
def test_the_form_whose_kind_is_chosen_in_it_leads_to_its_receipt(client: Client, place: str) -> None:
    subject = Subject.objects.filter(active=True, routable=True, place=place).order_by("pk")[0]
    page = client.get("/signaler/").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)
    form = {
        "key": html.unescape(key[1] if key else ""), "subject": subject.slug, "words": "Deux mots", "who": "nobody",
        "place": "Devant le vieux moulin", "seen": "elsewhere",
        **{f"ask-{each.key}": fitting(each) for each in subject.questions.all()},
    }  # fmt: skip
    walk(client, "/signaler/", page, form, "192.0.2.1")
    assert client.post("/signaler/", form)["Location"].startswith("/demande/recue/")


@pytest.mark.usefixtures("loaded")
def test_the_plan_of_the_town_holds_its_own_addresses() -> None:
    placed = Address.objects.exclude(latitude=None)
    drawn = plan()
    assert placed.exists() and all(drawn.holds(address.point) for address in placed if address.point)
    assert not drawn.holds((0.0, 0.0))
