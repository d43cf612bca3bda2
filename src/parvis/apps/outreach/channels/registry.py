"""The channels of a message, in the order in which they are told."""

from parvis.apps.outreach.channels.agents import Agents
from parvis.apps.outreach.channels.base import Channel
from parvis.apps.outreach.channels.letters import Letters
from parvis.apps.outreach.channels.panels import Panels
from parvis.apps.outreach.channels.participants import Participants
from parvis.apps.outreach.channels.push import Push
from parvis.apps.outreach.channels.site import Banner, Cap, Site
from parvis.apps.outreach.channels.social import Social
from parvis.apps.outreach.channels.texts import Texts
from parvis.apps.outreach.channels.voice import Voice
from parvis.apps.outreach.rules.content import AGENTS, PARTICIPANTS, Content

_ALL: tuple[Channel, ...] = (
    Agents(),
    Site(),
    Banner(),
    Cap(),
    Panels(),
    Push(),
    Letters(),
    Texts(),
    Voice(),
    Social("facebook", "Facebook"),
    Social("mastodon", "Mastodon"),
    Participants(),
)
CHANNELS: dict[str, Channel] = {channel.slug: channel for channel in _ALL}
"""Every channel by its slug. The agents come first: they know before the public does; then the site, whose page the
others link to.
"""
FIRST = (AGENTS, Site.slug)
"""Published in the transaction that publishes the message, before the others are asked for."""


def public_channels() -> list[Channel]:
    """The channels that the public reads, in order."""
    return [channel for slug, channel in CHANNELS.items() if slug not in (AGENTS, PARTICIPANTS)]


def carrying(content: Content) -> list[Channel]:
    """The channels that carry a message: those chosen and the agents; for an audience, its letters alone."""
    return chosen([PARTICIPANTS] if content.audience else [AGENTS, *content.channels])


def chosen(slugs: list[str]) -> list[Channel]:
    """The channels of these slugs, in the order of CHANNELS; an unknown slug is left out.

    The alert for programs goes with the banner: they are told of whatever the band of the site shows.
    """
    wanted = {*slugs, Cap.slug} if Banner.slug in slugs else {*slugs}
    return [channel for slug, channel in CHANNELS.items() if slug in wanted]
