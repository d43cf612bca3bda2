"""Background work of the panels: silence, old proofs, signs that are no browsers."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from parvis.apps.panels.channels.base import Limits, Sign, SignError
from parvis.apps.panels.channels.ntcip import LONGEST, NtcipSign
from parvis.apps.panels.channels.snmp import Client
from parvis.apps.panels.models import Item, Screen
from parvis.apps.panels.queries import screens
from parvis.apps.panels.rules.text import pages
from parvis.apps.panels.rules.windows import next_time, window_end
from parvis.apps.panels.services import reports, watching
from parvis.apps.panels.services.items import SYNC_SIGN
from parvis.lib import clock
from parvis.lib.jobs import enqueue

MINUTE = 60


def watch() -> None:
    """Runs `services.report_silence`; scheduled."""
    watching.report_silence()


def delete_old() -> None:
    """Runs `services.delete_old_paintings`; scheduled."""
    watching.delete_old_paintings()


def sync_signs() -> None:
    """Asks for each sign to be looked at; scheduled every minute. A sign that hangs delays no other."""
    for screen in screens.signs():
        enqueue(SYNC_SIGN, screen.pk)


def sync_sign(screen_id: int) -> None:
    """Makes a sign show what it should now, and reads back what it shows: that is the proof of painting."""
    screen = screens.screen_by_id(screen_id)
    if screen is None or screen.kind != Screen.Kind.SIGN:
        return
    sign = NtcipSign(Client(screen.sign_host, screen.sign_port, screen.sign_community or "public"))
    try:
        _sync(screen, sign)
    except SignError as error:
        reports.record_sign(screen_id=screen.pk, error=str(error))


def _sync(screen: Screen, sign: Sign) -> None:
    moment = clock.now()
    health = screens.health_of(screen)
    limits = sign.limits()
    turns = [item for item in health.rotation if minutes_left(screen, [item], moment)] if health.is_on else []
    items, shown, notes = chosen(turns, limits)
    if items:
        _show(sign, sign.compose(shown, limits), items, minutes_left(screen, items, moment))
    elif sign.showing():
        sign.clear()
    notes += sign.faults()
    reports.record_sign_report(screen_id=screen.pk, items=items, error=", ".join(notes))


def _show(sign: Sign, message: bytes, items: list[Item], minutes: int) -> None:
    """Shows a message until its end; of what is shown already, only an end that moved is sent. Both are read back."""
    priority = max(item.priority for item in items)
    as_it_is = sign.showing() == message
    if as_it_is and not _lasts(sign, minutes):
        as_it_is = sign.keep_for(minutes) and _lasts(sign, minutes)
    if not as_it_is:
        sign.show(message, priority=priority, minutes=minutes)
    if sign.showing() != message:
        raise SignError(_("It took the message, and shows something else."))
    if sign.minutes_left() is not None and not _lasts(sign, minutes):
        raise SignError(_("It shows the message, and not until the end that it was given."))


def _lasts(sign: Sign, minutes: int) -> bool:
    """Whether the sign shows what it shows for so many minutes more: one less at most, and never longer.

    One that ends later than a sign can count is given more minutes once half of LONGEST has passed.
    """
    left, least = sign.minutes_left(), minutes - 1 if minutes < LONGEST else LONGEST // 2
    return left is not None and least <= left <= minutes


def chosen(items: list[Item], limits: Limits) -> tuple[list[Item], list[list[str]], list[str]]:
    """The messages that fit together in the pages of a sign, their pages, and what must be told at the desk.

    The first is always shown: what it has beyond the pages of the sign is left out, and told.
    """
    kept: list[Item] = []
    shown: list[list[str]] = []
    notes: list[str] = []
    for item in items:
        own = [page for words in item.texts for page in pages(words, limits.columns, limits.rows)]
        if not kept and len(own) > limits.pages:
            notes.append(_("a message of %(n)s pages is cut to %(most)s") % {"n": len(own), "most": limits.pages})
            own = own[: limits.pages]
        if len(shown) + len(own) > limits.pages:
            break
        kept.append(item)
        shown += own
    return kept, shown, notes


def minutes_left(screen: Screen, items: list[Item], moment: datetime) -> int:
    """Whole minutes until the first of these messages ends, by its end, its hours or those of the screen.

    A sign counts in minutes, LONGEST of them at most, and clears alone then: what has less than one minute left is not
    shown by a sign.
    """
    local = timezone.localtime(moment)
    ends = [item.expires_at for item in items]
    ends += [end for item in items if (end := window_end(item, local))]
    if screen.on_at and screen.off_at:
        ends.append(next_time(local, screen.off_at))
    return min(int((min(ends) - moment).total_seconds()) // MINUTE, LONGEST)
