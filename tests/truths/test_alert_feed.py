"""The band is on every page, and the CAP feed carries it: boil-water notices, incidents, the banners of messages."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.content.models import Notice
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.news.models import AlertMessage
from parvis.apps.news.queries.alerts import cap_messages
from parvis.apps.outreach.rules.content import BASE, Words
from parvis.apps.outreach.services.alert_feed import keep_alert_feed
from parvis.apps.places.models import Address
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.services import works
from parvis.lib import ttl_cache
from parvis.lib.clock import now
from parvis.lib.i18n.languages import LANGUAGES
from tests.news.cap_rules import checked, texts
from tests.truths.test_everywhere import (
    MORNING,
    OVER,
    TRUTHS,
    may_in,
    place,
    plain,
    plant_boil_water,
    publish_message,
    town_loaded,
)

__all__ = ["place", "town_loaded"]


def kept() -> list[str]:
    """What the feed says, French headlines first to last, once the job of the minute has run; each is valid CAP."""
    ttl_cache.forget_all()
    keep_alert_feed()
    messages = cap_messages()
    return [f"{one.kind}: {texts(checked(one.xml), 'info/headline')[0]}" for one in messages]


def test_a_notice_to_boil_water_is_there_until_it_is_lifted_then_cancelled(place: Address, settings: Settings) -> None:
    truth = plant_boil_water(place)
    assert kept() == ["Alert: Zorgvlied d’ébullition, toute la ville"]
    assert kept() == ["Alert: Zorgvlied d’ébullition, toute la ville"], "nothing new is said of what did not change"
    assert "Zorgvlied d’ébullition" in Client().get("/alertes/cap.xml").content.decode()
    [message] = AlertMessage.objects.all()
    assert texts(checked(message.xml), "info/headline")[1] == "Zorgvlied to boil water, the whole town"
    assert message.expires_at == now() + timedelta(hours=24), "its end is not known"
    settings.PARVIS_NOW = (MORNING + timedelta(hours=13)).isoformat()
    assert kept() == ["Update: Zorgvlied d’ébullition, toute la ville"]
    assert AlertMessage.objects.latest("pk").expires_at == now() + timedelta(hours=24)
    truth.end()
    assert kept() == ["Cancel: Zorgvlied d’ébullition, toute la ville"]
    assert kept() == ["Cancel: Zorgvlied d’ébullition, toute la ville"]


def test_a_zone_drawn_on_the_map_is_told_with_its_polygon(place: Address) -> None:
    by, owner = may_in(Action.PUBLISH_WORKS)
    shape = {"type": "Polygon", "coordinates": [[[-74.4, 46.1], [-74.39, 46.1], [-74.39, 46.2], [-74.4, 46.1]]]}
    notice = works.NewRoadNotice(
        kind="boil_water", nature_fr="Avis d’ébullition", nature_en="Boil water notice", whole_town=True,
        details_fr="Bouillez.", details_en="Boil.", first_day=MORNING.date(), last_day=MORNING.date(),
    )  # fmt: skip
    row = works.publish_works(notice=notice, owner=owner, key="zone", by=by)
    RoadNotice.objects.filter(pk=row.pk).update(polygon=shape, place_fr="autour du moulin")
    assert kept() == ["Alert: Avis d’ébullition, autour du moulin"]
    root = checked(AlertMessage.objects.get().xml)
    assert texts(root, "info/area/polygon")[0].startswith("46.1,-74.4")
    assert texts(root, "info/area/areaDesc")[0].endswith("autour du moulin")


def test_an_incident_is_there_until_it_is_over_and_its_news_updates_it(place: Address) -> None:
    row = Notice.objects.create(
        title_fr="Bris d’aqueduc", title_en="Water main break", say_fr="Nous y sommes.", say_en="We are there.",
        since=now(), changed_at=now(), street=place.street, place_fr=place.street.name,
    )  # fmt: skip
    assert kept() == [f"Alert: Bris d’aqueduc, {place.street.name}"]
    Notice.objects.filter(pk=row.pk).update(news_fr="Réparé ce soir.", news_en="Mended tonight.", news_at=now())
    assert kept() == [f"Update: Bris d’aqueduc, {place.street.name}"]
    Notice.objects.filter(pk=row.pk).update(lifted_at=now())
    assert kept() == [f"Cancel: Bris d’aqueduc, {place.street.name}"]


@pytest.mark.parametrize("urgency", ["normal", "urgent", "emergency"])
def test_whatever_stands_in_the_banner_is_told_to_programs(
    place: Address, urgency: str, run_jobs: Callable[[], int]
) -> None:
    publish_message(
        kind="notice",
        urgency=urgency,
        versions={(BASE, "fr"): Words("Zorgvlied", "Pas d’auto."), (BASE, "en"): Words("Zorgvlied", "No car.")},
        expires_at=now() + timedelta(hours=22),
    )
    run_jobs()
    assert kept() == ["Alert: Zorgvlied"]


@pytest.mark.parametrize("kind", ["ban", "boil water", "incident"])
def test_the_band_tells_it_on_every_page_of_the_site_and_of_the_app(
    place: Address, kind: str, run_jobs: Callable[[], int]
) -> None:
    truth = TRUTHS[kind](place)
    run_jobs()
    ttl_cache.forget_all()
    paths = ("/", "/reponses/", "/signaler/", "/mon-adresse/", "/alertes/", "/nouvelles/", "/app/", "/app/envoi/")
    for lang in LANGUAGES:
        for path in paths:
            page = Client().get(path, {"langue": lang}).content.decode()
            assert truth.marker[lang] in plain(page), (path, lang)
    assert any(truth.marker["fr"] in told for told in kept())
    truth.end()
    run_jobs()
    ttl_cache.forget_all()
    page = plain(Client().get("/reponses/", {"langue": "fr"}).content.decode())
    assert truth.marker["fr"] not in page or OVER.search(page)
