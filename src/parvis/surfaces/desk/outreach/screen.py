"""Template context of the composer and of the page that follows a message."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.channels.base import Outcome, Preview
from parvis.apps.outreach.channels.registry import CHANNELS, carrying
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.queries.messages import content_of, left_somewhere, release_of
from parvis.apps.outreach.rules.audiences import audience_of
from parvis.apps.outreach.rules.content import AGENTS, BASE, PARTICIPANTS, SHORT, Content
from parvis.apps.outreach.services.results import outcomes_of
from parvis.apps.social.queries.accounts import accounts
from parvis.apps.telephony.rules import parts

State = Delivery.State
NETWORKS = ("facebook", "mastodon")
_WORST = {State.FAILED: 0, State.UNKNOWN: 1, State.QUEUED: 2, State.SENT: 3, State.WITHDRAWN: 4}


@dataclass(frozen=True)
class Painted:
    """One channel in the composer: whether it is chosen, and what it paints."""

    slug: str
    label: Any
    icon: str
    chosen: bool
    preview: Preview


def previews(message: Message) -> dict[str, Any]:
    """The channels with what each paints, the agents' words apart."""
    content = content_of(message)
    if message.audience:
        [channel] = carrying(content)
        letter = Painted(channel.slug, channel.label, channel.icon, chosen=True, preview=channel.preview(content))
        return {"painted": [letter], "content": content, "fixed": True, "english_old": _english_is_old(message)}
    rows = [
        Painted(slug, channel.label, channel.icon, slug in message.channels, channel.preview(content))
        for slug, channel in CHANNELS.items()
        if slug != PARTICIPANTS
    ]
    short = content.short("panels", "fr")
    return {
        "painted": sorted((row for row in rows if row.slug != AGENTS), key=lambda row: row.slug != "banner"),
        "said": next(row for row in rows if row.slug == AGENTS),
        "content": content,
        "sms": parts.count(short),
        "english_old": _english_is_old(message),
    }


def audience_context(message: Message) -> dict[str, Any]:
    """To whom alone a message goes, in words, and the page from which it was written; nothing for the public."""
    if not message.audience:
        return {}
    audience, name = audience_of(message.audience)
    return {"audience_label": audience.label(name), "audience_path": audience.path(name)}


@dataclass(frozen=True)
class Part:
    """The words of one channel, or of all those that have none of their own."""

    label: Any
    title: str
    text: str


def whole(content: Content) -> list[tuple[str, list[Part]]]:
    """Every word of a message by language, French first: what a second person approves."""
    labels = {BASE: _("Everywhere"), SHORT: _("Short text"), AGENTS: _("What the agents say")}
    labels |= {slug: channel.label for slug, channel in CHANNELS.items() if slug in content.channels}
    found: list[tuple[str, list[Part]]] = []
    for language in ("fr", "en"):
        rows = [(label, content.versions.get((slug, language))) for slug, label in labels.items()]
        parts = [Part(label, row.title, row.text) for label, row in rows if row and (row.title or row.text)]
        if shown := content.image_en if language == "en" else content.image_fr:
            parts.append(Part(_("What the picture shows"), "", shown))
        if parts:
            found.append((language, parts))
    return found


def _english_is_old(message: Message) -> bool:
    """Whether the French changed after the English."""
    base = {row.language: row for row in message.versions.all() if row.channel == "base"}
    english = base.get("en")
    return bool(english and english.title and base.get("fr") and base["fr"].changed_at > english.changed_at)


@dataclass(frozen=True)
class Row:
    """One delivery on the page that follows a message."""

    delivery: Delivery
    label: Any
    icon: str
    outcome: Outcome
    tone: str
    may_retry: bool
    account_dead: bool = False  # nothing leaves by its account until it is connected again

    @property
    def state(self) -> Any:
        return State(self.outcome.state).label


def rows_of(message: Message, user: User) -> list[Row]:
    """The deliveries of a message with what their carriers know now, the worst first."""
    deliveries = list(message.deliveries.select_related("release").order_by("pk"))
    outcomes = outcomes_of(deliveries)
    tones = {State.FAILED: "ko", State.UNKNOWN: "un"}
    dead = {str(row.pk) for row in accounts() if not row.alive} if user.may(Action.SEE_CHANNELS) else set()
    rows, may_write = [], may_do(user, Action.WRITE_MESSAGE, message)
    for row in deliveries:
        channel, outcome = CHANNELS.get(row.channel), outcomes[row.pk]
        failed = outcome.state in (State.FAILED, State.UNKNOWN) or bool(outcome.failures)
        rows.append(
            Row(
                row,
                channel.label if channel else row.channel,
                channel.icon if channel else "circle",
                outcome,
                tones.get(State(outcome.state), "ko" if outcome.failures else ""),
                outcome.may_be_tried_again and may_write and message.state != Message.State.HELD,
                failed and row.channel in NETWORKS and row.recipient in dead,
            )
        )
    return sorted(rows, key=lambda row: (0 if row.tone == "ko" else _WORST[State(row.outcome.state)], row.delivery.pk))


def may_do(user: User, action: Action, message: Message) -> bool:
    """Whether the user has the action on the message: over the town, or over the audience that alone receives it."""
    return user.may_everywhere(action) or (bool(message.audience) and user.may(action))


def follow_context(message: Message, user: User) -> dict[str, Any]:
    """What the page that follows a message shows. A constant number of queries for each channel."""
    release = release_of(message)
    rows = rows_of(message, user)
    known = [row for row in rows if row.outcome.reached is not None]
    seconds = (
        (message.live_at - message.approved_at).total_seconds() if message.live_at and message.approved_at else None
    )
    mark = [(row.delivery.pk, row.outcome.state, row.outcome.words, row.outcome.reached) for row in rows]
    return {
        "message": message,
        "rows": rows,
        "reached": sum(row.outcome.reached or 0 for row in known),
        "failures": sum(row.tone == "ko" for row in rows),
        "unknown": sum(row.tone == "un" for row in rows),
        "seconds": round(seconds) if seconds is not None else None,
        "release": release,
        "content": release.words if release else content_of(message),
        "left": left_somewhere(message),
        "pending": bool(release and message.is_out and release.revision != message.revision),
        "journal": list(message.journal.select_related("by").order_by("-pk")[:100]),
        "approvals": list(message.approvals.select_related("by")),
        "mark": format(hash((message.state, tuple(mark))) & 0xFFFFFFFF, "x"),
        "may_write": may_do(user, Action.WRITE_MESSAGE, message),
        "may_approve": may_do(user, Action.APPROVE_MESSAGE, message),
    }
