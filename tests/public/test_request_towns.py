"""Every kind of request of both towns has its form, in both languages, and is accepted."""

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
from parvis.apps.catalogue.models import Nature, Question, Subject
from parvis.apps.places.models import Address
from parvis.apps.places.queries.plan import plan
from parvis.operations.town.load import load

ROOT = Path(__file__).parents[2]
TOWNS = [ROOT / "towns/carignan", ROOT / "tests/towns/val-des-aulnes"]


@pytest.fixture(params=TOWNS, ids=lambda path: path.name)
def loaded(request: pytest.FixtureRequest, db: None, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    load(request.param, demo=True)


def fitting(question: Question) -> str:
    """A valid answer to the question."""
    if question.kind == Question.Kind.CHOICE:
        return str(question.choices[0]["value"])
    fits = {Question.Kind.YESNO: "no", Question.Kind.NUMBER: "12,5", Question.Kind.DATE: "2026-11-20"}
    return fits.get(Question.Kind(question.kind), "Quelques mots")


@pytest.mark.usefixtures("loaded")
def test_what_fits_no_kind_goes_to_the_team_as_no_particular_thing(client: Client) -> None:
    page = client.get("/demande/?q=xyz").content.decode()
    assert 'href="/demande/joindre/?q=xyz">' in page, "a question about taxes is no question about bins"


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.soak("towns"))])
def test_each_kind_has_its_form_and_is_taken(client: Client, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("SENDINGS", "BARE", "BARE_NETWORK", "BARE_TOWN"):
        monkeypatch.setattr(f"parvis.surfaces.public.request.guard.{limit}", 1000)
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
    address = Address.objects.select_related("street").exclude(latitude=None).order_by("pk")[0]
    subjects = list(Subject.objects.filter(active=True, routable=True).prefetch_related("questions"))
    for subject in subjects:
        path = f"/demande/{subject.slug}/"
        page = client.get(path).content.decode()
        key = re.search(r'name="key" value="([^"]+)"', page)
        assert key and f'lang="{language}-CA"' in page, path
        form: dict[str, Any] = {
            "key": html.unescape(key[1]), "words": "Deux mots", "who": "nobody", "place": address.label,
            "nature": subject.nature, **{f"ask-{each.key}": fitting(each) for each in subject.questions.all()},
        }  # fmt: skip
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
def test_the_plan_of_the_town_holds_its_own_addresses() -> None:
    placed = Address.objects.exclude(latitude=None)
    drawn = plan()
    assert placed.exists() and all(drawn.holds(address.point) for address in placed if address.point)
    assert not drawn.holds((0.0, 0.0))
