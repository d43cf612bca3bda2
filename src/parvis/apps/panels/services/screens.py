"""Screens added, changed, revoked."""

from dataclasses import asdict, dataclass
from datetime import time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.panels.models import Playlist, Screen
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Invalid, type_text
from parvis.lib.ids import new_secret
from parvis.lib.words import fold, one_line

SMALLEST, LARGEST = 8, 8192  # pixels


@dataclass(frozen=True)
class ScreenValues:
    """What someone writes of a screen. `on_at` and `off_at` go together, and so do `night_from` and `night_to`."""

    name: str
    place: str = ""
    kind: str = Screen.Kind.PAGE
    width: int = 1920
    height: int = 1080
    groups: tuple[str, ...] = ()
    playlist_id: int | None = None
    on_at: time | None = None
    off_at: time | None = None
    night_from: time | None = None
    night_to: time | None = None
    sign_host: str = ""
    sign_port: int = 161
    sign_community: str = ""


def require(by: User) -> None:
    """Raises NotAllowed for someone who does not manage the panels."""
    by.require(Action.MANAGE_PANELS, _("Your role does not manage the panels."))


@transaction.atomic
def add_screen(*, values: ScreenValues, by: User, example: bool = False) -> Screen:
    """Adds a screen with a new secret address. Raises NotAllowed, Invalid (the fields of ScreenValues)."""
    require(by)
    return Screen.objects.create(
        **_checked(values), secret=new_secret(), made_at=clock.now(), made_by=by, example=example
    )


@transaction.atomic
def change_screen(*, screen_id: int, values: ScreenValues, by: User) -> Screen:
    """Changes a screen; its address stays. Raises NotAllowed, NotFound, Invalid."""
    require(by)
    screen = locked(screen_id)
    checked = _checked(values)
    if not checked["sign_community"]:
        del checked["sign_community"]  # it is never shown again: left empty, it stays
    for name, value in checked.items():
        setattr(screen, name, value)
    screen.save(update_fields=list(checked))
    return screen


@transaction.atomic
def renew_key(*, screen_id: int, by: User) -> Screen:
    """Gives a screen a new secret address; the former one opens nothing from now on. Raises NotAllowed, NotFound."""
    require(by)
    screen = locked(screen_id)
    screen.secret, screen.seen_at, screen.alarmed_at = new_secret(), None, None
    screen.save(update_fields=["secret", "seen_at", "alarmed_at"])
    return screen


@transaction.atomic
def revoke_screen(*, screen_id: int, by: User) -> Screen:
    """Ends a screen: its address opens nothing, its proofs of painting stay. Raises NotAllowed, NotFound."""
    require(by)
    screen = locked(screen_id)
    screen.revoked_at, screen.revoked_by, screen.sign_community = clock.now(), by, ""
    screen.save(update_fields=["revoked_at", "revoked_by", "sign_community"])
    return screen


def locked(screen_id: int) -> Screen:
    """A screen in use, its row locked. Raises NotFound."""
    return locked_row(Screen.objects.filter(pk=screen_id, revoked_at=None), _("This screen does not exist."))


def _checked(values: ScreenValues) -> dict[str, Any]:
    wrong: dict[str, type_text] = {}
    name = one_line(values.name)
    if not name or len(name) > 80:
        wrong["name"] = _("Name the screen, in 80 characters at most.")
    for side, pixels in (("width", values.width), ("height", values.height)):
        if not SMALLEST <= pixels <= LARGEST:
            wrong[side] = _("From %(low)s to %(high)s pixels.") % {"low": SMALLEST, "high": LARGEST}
    for start, end in (("on_at", "off_at"), ("night_from", "night_to")):
        if (getattr(values, start) is None) != (getattr(values, end) is None):
            wrong[end] = _("Write both times, or none.")
    if values.kind not in Screen.Kind.values:
        wrong["kind"] = _("Choose what it is.")
    if values.kind == Screen.Kind.SIGN and not values.sign_host.strip():
        wrong["sign_host"] = _("Write the address of the sign on the network.")
    if values.playlist_id is not None and not Playlist.objects.filter(pk=values.playlist_id).exists():
        wrong["playlist_id"] = _("Choose a playlist of the list.")
    if wrong:
        raise Invalid(_("Something is to be mended."), wrong)
    groups = sorted({slug for group in values.groups if (slug := "-".join(fold(group).split())[:40])})
    return asdict(values) | {
        "name": name,
        "place": one_line(values.place)[:160],
        "groups": groups,
        "sign_host": values.sign_host.strip(),
    }
