"""Every page opens in a town where nothing happened yet."""

import pytest
from django.test import Client

from tests.factories import SmallTown
from tests.pages.crawling import RESIDENT, STAFF, all_well, crawl, holder_of_every_role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_link_leads_somewhere_in_a_town_where_nothing_is(town: SmallTown, language: str) -> None:
    everyone = holder_of_every_role()
    everyone.language = language
    everyone.save()
    of_staff, anyone = (Client(raise_request_exception=False) for _each in range(2))
    of_staff.force_login(everyone)
    anyone.cookies["lang"] = language
    for client, starts, least in ((of_staff, STAFF, 100), (anyone, RESIDENT, 20)):
        opened = crawl(client, starts, each=1)
        assert all_well(opened), opened.failures
        assert len(opened.views) >= least, sorted(opened.views)
