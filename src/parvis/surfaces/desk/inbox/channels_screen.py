"""The table of the channels: how each fares, what came and left by it, and where it is handled."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from parvis.apps.mail import queries as mail
from parvis.apps.mail.models import InboundDelivery, Mailbox, Outgoing
from parvis.apps.outbox.queries import Standing, standings
from parvis.apps.panels.queries.screens import screens
from parvis.apps.social.queries import accounts as account_queries
from parvis.apps.social.queries.words import explain
from parvis.apps.telephony.models import OutgoingCall, OutgoingText
from parvis.apps.telephony.queries import calls as voice
from parvis.apps.telephony.queries import texts
from parvis.apps.telephony.rules import sending
from parvis.lib.traffic import Traffic

GOOD, WARM, BAD, NONE = "good", "warm", "bad", "sample"  # tones of a state
ICONS = {GOOD: "circle-check", WARM: "circle-alert", BAD: "triangle-alert", NONE: "minus"}
Via = InboundDelivery.Via


@dataclass(frozen=True)
class Row:
    """One channel. `comes`, `leaves`: what is counted of it. `mailbox`: the one that may be tested."""

    icon: str
    name: str
    state: tuple[str, str]  # its tone, and its words
    traffic: Traffic = Traffic()
    comes: bool = False
    leaves: bool = False
    detail: str = ""
    url: str = ""
    link: str = ""
    mailbox: Mailbox | None = None

    @property
    def tone_icon(self) -> str:
        """The icon that says the state with its words."""
        return ICONS[self.state[0]]


def rows(spent: dict[str, Any] | None) -> list[Row]:
    """Every channel of the town, with the same number of queries whatever there is of each.

    `spent` is what is known of the texts (`text_views.spend`), None where the town sends none.
    """
    left = standings()
    return [
        *_mail(),
        _letters(left[Outgoing]),
        _texts(spent, left[OutgoingText]),
        *_social(),
        _panels(),
        _calls(left[OutgoingCall]),
    ]


def _mail() -> Iterator[Row]:
    came = mail.arrivals()
    for health in mail.mailbox_health():
        box = health.mailbox
        mine = [value for (key, _via), value in came.items() if key == box.pk]
        state = (BAD, pgettext("mailbox", "Silent")) if health.silent else _state_of(mine)
        yield _arrived("mail", box.address, mine, state, detail=box.department.name, mailbox=box)
    ways = {
        Via.LMTP: (settings.PARVIS_MAIL_LISTEN, _("Delivered by a mail server (LMTP, SMTP)")),
        Via.WEBHOOK: (settings.PARVIS_MAIL_WEBHOOK, _("Handed over by a provider (webhook)")),
        Via.STDIN: (True, _("Handed over by receive-mail")),
    }
    for way, (is_set, name) in ways.items():
        counts = [value for (_box, via), value in came.items() if via == way]
        if is_set or counts:
            yield _arrived("mail-plus", name, counts, _state_of(counts))


def _arrived(icon: str, name: str, counts: list[tuple[Traffic, int]], state: tuple[str, str], **more: Any) -> Row:
    traffic = sum((traffic for traffic, _aside in counts), Traffic())
    if any(aside for _traffic, aside in counts):
        more |= {"url": reverse("desk:quarantine"), "link": _("Quarantine")}
    return Row(icon, name, state, traffic, comes=True, **more)


def _state_of(counts: list[tuple[Traffic, int]]) -> tuple[str, str]:
    if aside := sum(aside for _traffic, aside in counts):
        return WARM, ngettext("%(n)s message in quarantine", "%(n)s messages in quarantine", aside) % {"n": aside}
    if any(traffic.came for traffic, _aside in counts):
        return GOOD, pgettext("channel", "Works")
    return NONE, _("Nothing came in 7 days")


def _letters(left: Standing) -> Row:
    traffic, waiting = left.traffic, left.waiting
    state = (GOOD, pgettext("channel", "Works"))
    if traffic.failed:
        words = ngettext("%(n)s letter not delivered", "%(n)s letters not delivered", traffic.failed)
        state = (WARM, words % {"n": traffic.failed})
    return Row(
        "send",
        _("Letters by e-mail"),
        state,
        traffic,
        leaves=True,
        detail=ngettext("%(n)s letter to send", "%(n)s letters to send", waiting) % {"n": waiting} if waiting else "",
        url=reverse("desk:undelivered"),
        link=_("Letters not delivered"),
    )


def _texts(spent: dict[str, Any] | None, left: Standing) -> Row:
    name, icon = _("Text messages"), "message-square-text"
    if spent is None:
        return _not_set_up(icon, name)
    state = (GOOD, pgettext("channel", "Works"))
    if spent["held"]:
        state = (WARM, ngettext("%(n)s text held", "%(n)s texts held", spent["held"]) % {"n": spent["held"]})
    if spent["mode"] != sending.ALL:
        state = (BAD, str(spent["words"]))
    month = ngettext("%(n)s part this month", "%(n)s parts this month", spent["month"][0]) % {"n": spent["month"][0]}
    traffic = texts.arrivals() + left.traffic
    return Row(icon, name, state, traffic, comes=True, leaves=True, detail=month, url="#texts", link=_("Texts"))


def _social() -> Iterator[Row]:
    accounts, counts = account_queries.accounts(), account_queries.traffic()
    where: dict[str, Any] = {"url": reverse("desk:social"), "link": _("Social networks")}
    if not accounts:
        yield _not_set_up("message-circle", _("Social networks"), **where)
    for account in accounts:
        why = explain(account.error_code) or account.error
        state = (GOOD, pgettext("account", "Connected"))
        if account.dead_at:
            state = (BAD, pgettext("account", "Nothing leaves any more"))
        elif why or not account.checked_at:
            state = (WARM, pgettext("account", "In trouble") if why else _("Its token is being checked."))
        traffic = counts.get(account.pk, Traffic())
        yield Row("message-circle", str(account), state, traffic, comes=True, leaves=True, detail=why, **where)


def _panels() -> Row:
    found, name = screens(), _("Panels")
    where: dict[str, Any] = {"url": reverse("desk:panels"), "link": name}
    if not found:
        return _not_set_up("monitor", name, **where)
    well = sum(one.well for one in found)
    words = ngettext("%(well)s screen of %(n)s is well", "%(well)s screens of %(n)s are well", well)
    last = max((one.screen.seen_at for one in found if one.screen.seen_at), default=None)
    tone = GOOD if well == len(found) else BAD if not well else WARM
    return Row("monitor", name, (tone, words % {"well": well, "n": len(found)}), Traffic(last_at=last), **where)


def _calls(left: Standing) -> Row:
    name, late = _("Phone calls"), voice.late()
    where: dict[str, Any] = {"url": reverse("desk:outreach"), "link": _("Messages to the public")}
    state = (GOOD, pgettext("channel", "Works"))
    if late:
        words = ngettext(
            "%(n)s phone call late: look at its provider", "%(n)s phone calls late: look at their provider", late
        )
        state = (BAD, words % {"n": late})
    elif not voice.enabled():
        return _not_set_up("phone", name)
    return Row("phone", name, state, left.traffic, leaves=True, **where)


def _not_set_up(icon: str, name: str, **where: Any) -> Row:
    return Row(icon, name, (NONE, pgettext("channel", "Not set up")), **where)
