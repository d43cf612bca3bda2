"""What collects personal information is described, assessed and told. Point 11 of privacy."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from parvis.apps.directory.models import User
from parvis.apps.privacy import queries
from parvis.apps.privacy.loading import load_register
from parvis.apps.privacy.models import Assessment, Collection
from parvis.apps.privacy.rules import FORM_OF, FORMS, PROCESSORS
from parvis.apps.privacy.schemas import CollectionData
from parvis.apps.privacy.services import record_assessment
from parvis.config import environment
from parvis.lib import clock
from parvis.lib.errors import Invalid, NotAllowed, NotFound
from parvis.surfaces.public import urls
from tests.counting import statements
from tests.factories import SmallTown

SignIn = Callable[[User], Client]
PAGE = "/desk/vie-privee/"
"""What accepts something and collects nothing about anybody, and why."""
COLLECTS_NOTHING = {
    "useful": "yes or no, without any name",
    "line_enter": "a turn that came: the line is the form",
    "leisure_enter_noted": "leads to the way in",
    "cart_extend": "more time",
    "cart_remove": "a place given back",
    "registrations_calendar": "a file to read",
    "registrations": "a list to read",
    "account_sign_out": "leaving",
    "app_forget": "an address forgotten by this device",
}


@pytest.fixture(autouse=True)
def _november(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    cache.clear()
    queries.forget()


def entry(slug: str, *, days: int | None = 365, **more: object) -> CollectionData:
    """What a town says of one; its assessment is to be looked at again in that many days."""
    words = {"fr": f"{slug} en mots", "en": f"{slug} in words"}
    names = ("title", "purpose", "collected", "readers", "destination", "kept", "right", "refusing")
    values: dict[str, object] = {"slug": slug, **dict.fromkeys(names, words)}
    if days is not None:
        again = clock.today() + timedelta(days=days)
        values["assessment"] = {
            "made_on": date(2025, 3, 4),
            "title": f"EFVP {slug}",
            "reference": "dossier 12",
            "approved_by": "Comité",
            "review_on": again,
        }
    return CollectionData.model_validate(values | more)


def load(*entries: CollectionData) -> None:
    load_register(collections=entries, demo=True)


def test_privacy_11_every_public_form_is_in_the_register_or_collects_nothing() -> None:
    """A new address that accepts something fails here until someone decides."""
    dummies = {"IntConverter": "1", "UUIDConverter": "00000000-0000-0000-0000-000000000001"}
    accepting = set[str]()
    client = Client(raise_request_exception=False)
    for pattern in urls.urlpatterns:
        kinds = pattern.pattern.converters.items()
        values = {name: dummies.get(type(kind).__name__, "x") for name, kind in kinds}
        try:
            address = reverse(f"public:{pattern.name}", kwargs=values)
        except NoReverseMatch:
            address = f"/{pattern.pattern}"
        if client.post(address).status_code != 405:
            accepting.add(pattern.name or "")
    assert sorted(accepting - set(FORM_OF) - set(COLLECTS_NOTHING)) == []
    assert sorted(set(COLLECTS_NOTHING) - accepting) == [], "no longer accept anything"
    names = {pattern.name for pattern in urls.urlpatterns}
    assert sorted(set(FORM_OF) - names) == [], "no longer exist"


def test_privacy_11_every_processor_has_a_setting_and_a_name() -> None:
    known = set(environment.Environment.model_fields)
    assert set(PROCESSORS.values()) <= known
    assert set(queries.NAMES) == {*FORMS, *PROCESSORS} and set(queries.in_use()) == set(PROCESSORS)


def test_privacy_11_the_file_of_the_sample_town_describes_every_form() -> None:
    lines = yaml.safe_load(Path("towns/carignan/privacy.yaml").read_text(encoding="utf-8"))
    load(*(CollectionData.model_validate(line) for line in lines))
    rows = [row for row in queries.register() if row.kind == Collection.Kind.FORM]
    assert [row.slug for row in rows if row.collection is None] == []
    assert all(row.collection and row.collection.example for row in rows), "and says that it is an example"


def test_privacy_11_what_lacks_an_assessment_or_is_past_its_review_comes_first(
    town: SmallTown, signed_in: SignIn, settings: Settings
) -> None:
    settings.MAP_TILES = "https://tuiles.exemple.ca"
    load(entry("requests"), entry("household", days=-3), entry("panels", days=None), entry("map", days=None))
    rows = queries.register()
    assert rows[0].slug == "map" and rows[0].is_alarm
    good = [row.slug for row in rows if row.is_good]
    assert good == ["requests"] and rows.index(next(row for row in rows if row.is_good)) > 3
    page = signed_in(town.privacy_officer).get(PAGE).content.decode()
    assert "PARVIS_MAP_TILES" in page and page.index("map en mots") < page.index("household en mots")
    assert page.index("household en mots") < page.index("requests en mots")


def test_privacy_11_a_processor_in_use_without_an_assessment_is_told_by_the_probe(
    client: Client, settings: Settings
) -> None:
    settings.PARVIS_STRIPE, settings.PARVIS_PAYMENTS_STANDIN = {"base": "https://api.stripe.com"}, False
    assert any("PARVIS_STRIPE_URL" in words for words in client.get("/readyz").json()["warnings"])
    load(entry("payments", outside_quebec=True))
    assert not any("PARVIS_STRIPE_URL" in words for words in client.get("/readyz").json()["warnings"])
    settings.PARVIS_NOW = "2028-01-02T10:00:00-05:00"
    assert any("PARVIS_STRIPE_URL" in words for words in queries.warnings()), "past its review, again"


def test_privacy_11_facebook_is_in_use_once_the_town_has_an_app_there(settings: Settings) -> None:
    given = {"base": "https://graph.facebook.com", "verify": ""}
    settings.PARVIS_FACEBOOK = {**given, "app_id": "", "secret": ""}
    assert not queries.in_use()["facebook"], "no app"
    settings.PARVIS_FACEBOOK = {**given, "app_id": "12", "secret": "s"}
    assert queries.in_use()["facebook"]
    settings.PARVIS_FACEBOOK = {**given, "app_id": "12", "secret": "s", "base": "http://127.0.0.1:9000"}
    assert not queries.in_use()["facebook"], "the stand-in of this machine"


def test_privacy_11_the_privacy_officer_records_an_assessment_and_nobody_else_does(
    town: SmallTown, signed_in: SignIn
) -> None:
    load(entry("panels", days=None))
    client = signed_in(town.privacy_officer)
    values = {
        "made_on": "2026-11-20", "title": "EFVP des panneaux", "reference": "https://exemple.ca/efvp",
        "approved_by": "Comité", "review_on": "2027-11-20",
    }  # fmt: skip
    wrong = client.post(f"{PAGE}panels/", values | {"review_on": "2026-11-01", "title": ""})
    assert wrong.status_code == 422 and "https://exemple.ca/efvp" in wrong.content.decode(), "what was typed stays"
    assert client.post(f"{PAGE}panels/", values).status_code == 302
    row = Assessment.objects.get()
    assert (row.recorded_by, row.review_on, row.example) == (town.privacy_officer, date(2027, 11, 20), False)
    assert "EFVP des panneaux" in client.get(f"{PAGE}panels/").content.decode()
    assert client.post(f"{PAGE}panels/", values).status_code == 422, "once"
    with pytest.raises(TypeError):
        row.save()
    for user in (town.manager, town.agent, town.treasurer):
        assert signed_in(user).get(PAGE).status_code == 403
    given = {"made_on": date(2026, 1, 1), "title": "T", "reference": "R", "approved_by": "A"}
    with pytest.raises(NotAllowed):
        record_assessment(slug="panels", review_on=date(2027, 1, 1), by=town.manager, **given)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        record_assessment(slug="voice", review_on=date(2027, 1, 1), by=town.privacy_officer, **given)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        record_assessment(slug="panels", review_on=date(2025, 1, 1), by=town.privacy_officer, **given)  # type: ignore[arg-type]


def test_privacy_11_one_that_the_town_does_not_describe_says_how(town: SmallTown, signed_in: SignIn) -> None:
    client = signed_in(town.privacy_officer)
    assert "privacy.yaml" in client.get(f"{PAGE}voice/").content.decode()
    assert client.get(f"{PAGE}inconnu/").status_code == 404


def test_privacy_11_each_form_leads_to_its_notice(client: Client, settings: Settings) -> None:
    load(entry("account"), entry("requests"), entry("push", outside_quebec=True))
    settings.PARVIS_DEMO = False
    page = client.get("/mon-dossier/").content.decode()
    assert 'href="/vie-privee/account/"' in page
    assert 'href="/vie-privee/requests/"' in client.get("/signaler/").content.decode()
    assert "/vie-privee/" not in client.get("/nouvelles/").content.decode(), "which collects nothing"
    notice = client.get("/vie-privee/account/").content.decode()
    assert notice.count("account en mots") == 9, "its title twice, and each of what article 65 asks"
    assert "push en mots" in notice and "mailto:" in notice
    assert client.get("/vie-privee/push/").status_code == 404 == client.get("/vie-privee/inconnu/").status_code


def test_privacy_11_loaded_again_nothing_is_doubled_and_what_was_recorded_stays(town: SmallTown) -> None:
    load(entry("panels"))
    record_assessment(
        slug="panels", made_on=date(2026, 11, 1), title="La nôtre", reference="ici", approved_by="Comité",
        review_on=date(2027, 11, 1), by=town.privacy_officer,
    )  # fmt: skip
    load(entry("panels"))
    assert Assessment.objects.count() == 2
    load()
    assert queries.notice("panels") is None and Assessment.objects.count() == 2
    load_register(collections=[entry("panels", example=True)], demo=False)
    assert queries.notice("panels") is None, "an example counts in a demonstration only"


def test_privacy_11_the_register_costs_the_same_whatever_it_holds() -> None:
    load(entry("panels"))
    with statements() as few:
        queries.register()
    load(*(entry(slug) for slug in (*FORMS, *PROCESSORS)))
    with statements() as many:
        queries.register()
    assert len(few) == len(many) == 2
