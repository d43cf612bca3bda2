"""Both sample towns: every service, defined and taken in, in both languages, with one jurisdiction and with two."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.journal import verify
from parvis.apps.catalogue.models import Question, Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import jurisdictions
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.places.models import Address
from parvis.operations.town.load import load
from tests.open311.calls import Caller
from tests.open311.conftest import key_of

ROOT = Path(__file__).parents[2]
TOWNS = [ROOT / "towns/carignan", ROOT / "tests/towns/val-des-aulnes"]


@pytest.fixture(params=TOWNS, ids=lambda path: path.name)
def loaded(request: pytest.FixtureRequest, db: None, settings: Settings) -> str:
    """A town; its slug."""
    load(request.param, demo=True)
    return str(request.param.name)


def manager() -> User:
    return next(user for user in User.objects.order_by("pk") if user.may(Action.MANAGE_KEYS))


def fitting(question: Question) -> str:
    """A valid answer to the question."""
    if question.kind == Question.Kind.CHOICE:
        return str(question.choices[0]["value"])
    fits = {Question.Kind.YESNO: "no", Question.Kind.NUMBER: "12.5", Question.Kind.DATE: "2026-11-20T08:00:00Z"}
    return fits.get(Question.Kind(question.kind), "Quelques mots")


def ids(town: str) -> list[dict[str, str]]:
    """The parameters of each jurisdiction: none is needed for a single one."""
    rows = jurisdictions()
    return [{"jurisdiction_id": row.id} for row in rows] if len(rows) > 1 else [{}]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_service_is_named_defined_and_found_by_its_words(loaded: str, client: Client, language: str) -> None:
    for form in ("xml", "json"):
        call = Caller(client, form)
        for named in ids(loaded):
            rows = call.get("v2/services", locale=language, **named).value
            subjects = {row.slug: row for row in Subject.objects.filter(active=True, routable=True)}
            assert {row["service_code"] for row in rows} == set(subjects)
            for row in rows:
                subject = subjects[row["service_code"]]
                assert row["service_name"] == getattr(subject, f"title_{language}") and row["group"] and row["keywords"]
                defined = call.get(f"v2/services/{subject.slug}", locale=language, **named).value
                assert bool(defined["attributes"]) == (row["metadata"] == "true") == subject.questions.exists()


def test_every_service_takes_a_request(loaded: str, client: Client) -> None:
    key, call = key_of(manager(), per_minute=1_000), Caller(client, "json")
    named = ids(loaded)[0]
    sectors = jurisdictions()[0].sectors
    address = Address.objects.exclude(latitude=None).order_by("pk")
    place = (address.filter(sector__slug__in=sectors) if sectors else address)[0]
    subjects = list(Subject.objects.filter(active=True, routable=True).prefetch_related("questions"))
    for subject in subjects:
        answers = {f"attribute[{row.key}]": fitting(row) for row in subject.questions.all()}
        answer = call.post(
            api_key=key, service_code=subject.slug, description="Deux mots", first_name="Zoé", phone="450 555-0142",
            lat=str(place.latitude), long=str(place.longitude), **answers, **named,
        )  # fmt: skip
        assert answer.status == 201, (subject.slug, answer.text)
    assert Case.objects.count() == len(subjects) and all(not wrong for _reference, wrong in verify())
    public = Subject.objects.filter(public=True, routable=True).count()
    assert public and len(call.get("v2/requests", **named).value) <= public
    assert "Zoé" not in call.get("v2/requests", api_key=key, **named).text
