"""Whatever carries the words of the town, it leads to one page of choices. OUTREACH 13.12 and 12.37."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from parvis.apps.newsletter.models import ContactPoint
from parvis.apps.newsletter.queries.recipients import recipients
from parvis.apps.newsletter.services import subscribing
from parvis.apps.newsletter.services.subscribing import Origin, Wanted
from tests.factories import SmallTown
from tests.public.test_request import html_of

pytestmark = pytest.mark.django_db
Channel = ContactPoint.Channel
TARGETS = {Channel.EMAIL: "rose@exemple.ca", Channel.TEXT: "+15145550123", Channel.VOICE: "+15145550124"}
WAYS = ("subscribe", "notices", "news_atom", "cap_feed", "find_address")


def choices_page(channel: str, town: SmallTown) -> str:
    """The address of the page to which what is sent by that channel leads."""
    subscribing.enrol(
        channel=channel,
        target=TARGETS[Channel(channel)],
        language="fr",
        wanted=Wanted(alerts=True, places=[]),
        origin=Origin("phone", words="Je le demande.", evidence="a dit oui", clerk=town.agent),
    )
    [one] = recipients(kind="alerts", channel=channel)
    return re.sub(r"https?://[^/]+", "", one.preferences_url)


@pytest.mark.parametrize("channel", TARGETS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_12_each_channel_leads_to_the_same_page_of_choices_and_to_the_other_ways(
    channel: str, language: str, client: Client, town: SmallTown
) -> None:
    path = choices_page(channel, town)
    page = html_of(client.get(f"{path}?langue={language}"))
    assert {"news", "alerts", "groups", "address"} <= set(re.findall(r'name="(\w+)"', page))
    assert TARGETS[Channel(channel)] in page or "0123" in page or "0124" in page
    links = set(re.findall(r'href="([^"?]+)', page))
    assert {reverse(f"public:{name}") for name in WAYS if name != "subscribe"} <= links
    for name in WAYS:
        assert client.get(reverse(f"public:{name}")).status_code == 200


def test_12_the_choices_of_a_device_lead_to_those_of_letters_and_back(client: Client, town: SmallTown) -> None:
    for here, other in (("notices", "subscribe"), ("subscribe", "notices")):
        links = set(re.findall(r'href="([^"?]+)', html_of(client.get(reverse(f"public:{here}")))))
        assert {reverse(f"public:{name}") for name in (other, "news_atom", "cap_feed", "find_address")} <= links
