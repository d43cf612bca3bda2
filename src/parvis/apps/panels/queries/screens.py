"""The screens and how they fare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.utils import timezone

from parvis.apps.panels.models import Item, Screen
from parvis.apps.panels.queries.items import current, live_items
from parvis.apps.panels.rules import clocks
from parvis.apps.panels.rules.rotation import goes_to
from parvis.apps.panels.rules.windows import is_within
from parvis.lib import clock


@dataclass(frozen=True)
class Health:
    """How a screen fares: whether it is on now, silent though it should speak, with a wrong clock; its rotation now.

    `resized`: it told another resolution than the one written for it.
    """

    screen: Screen
    is_on: bool
    silent: bool
    wrong_clock: bool
    resized: bool
    rotation: Sequence[Item]

    @property
    def well(self) -> bool:
        return self.screen.seen_at is not None and not (self.silent or self.wrong_clock or self.screen.sign_error)


def live() -> list[Screen]:
    """The screens in use, by name."""
    return list(Screen.objects.filter(revoked_at=None).select_related("playlist").order_by("name", "pk"))


def screens() -> list[Health]:
    """How each screen in use fares, by name; two queries, whatever their number."""
    items, moment = live_items(), clock.now()
    return [_health(screen, items, moment) for screen in live()]


def health_of(screen: Screen) -> Health:
    """How one screen fares; one query."""
    return _health(screen, live_items(), clock.now())


def _health(screen: Screen, items: Sequence[Item], moment: datetime) -> Health:
    is_on = is_within(screen.on_at, screen.off_at, local_time(moment))
    told = (screen.told_width, screen.told_height)
    return Health(
        screen=screen,
        is_on=is_on,
        silent=clocks.is_silent(screen.seen_at, moment),
        wrong_clock=clocks.is_wrong(screen.drift),
        resized=None not in told and told != (screen.width, screen.height),
        rotation=current(screen, items, moment),
    )


def local_time(moment: datetime) -> time:
    """The time of day of the town."""
    return timezone.localtime(moment).time()


def by_secret(secret: str) -> Screen | None:
    """The screen whose address holds this secret; None once it is revoked."""
    if not 16 <= len(secret) <= 32:
        return None
    return Screen.objects.filter(secret=secret, revoked_at=None).first()


def screen_by_id(screen_id: int) -> Screen | None:
    """A screen in use."""
    return Screen.objects.filter(pk=screen_id, revoked_at=None).first()


def receivers(groups: Sequence[str], playlist_id: int | None = None) -> list[Screen]:
    """The screens in use that show the messages for these groups, or those that play this playlist, by name."""
    if playlist_id is not None:
        return [screen for screen in live() if screen.playlist_id == playlist_id]
    return [screen for screen in live() if goes_to(groups, screen.groups)]


def signs() -> list[Screen]:
    """The NTCIP signs in use."""
    return list(Screen.objects.filter(revoked_at=None, kind=Screen.Kind.SIGN).order_by("pk"))


def group_names() -> list[str]:
    """The groups of the screens in use, in order."""
    return sorted({group for screen in live() for group in screen.groups})
