"""Messages put on the screens, corrected, removed."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.services.second_person import is_decider
from parvis.apps.panels.models import Item, Playlist, Screen
from parvis.apps.panels.queries.screens import receivers
from parvis.apps.panels.rules.rotation import ALERT, HIGHEST, LOWEST, ORDINARY
from parvis.apps.panels.rules.text import MOST, clean, fit
from parvis.apps.panels.rules.windows import EVERY_DAY
from parvis.apps.panels.services.screens import require
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, NotAllowed, type_text
from parvis.lib.jobs import enqueue, job

SYNC_SIGN = job("parvis.apps.panels.tasks.sync_sign")
TYPED = "desk:"  # begins the keys of the messages typed at the desk for the panels alone
REQUESTED = "panel-request:"  # begins the keys of those that bodies asked for


@dataclass(frozen=True)
class Slot:
    """A place in a playlist: on these days (ISO 8601; none is every day), between two times of day of the town."""

    playlist_id: int
    from_hour: time | None = None
    to_hour: time | None = None
    days: tuple[int, ...] = ()


@transaction.atomic
def show(
    *,
    key: str,
    text_fr: str,
    text_en: str = "",
    starts_at: datetime | None = None,
    expires_at: datetime,
    priority: int = ORDINARY,
    groups: Sequence[str] = (),
    english: bool = False,
    slot: Slot | None = None,
    by: User | None = None,
) -> list[str]:
    """Shows a message, or corrects what this key shows; returns the names of the screens that will paint it.

    French alone is painted unless `english`, for what is about health or safety (Charter of the French language,
    s. 22). `priority` is from 1 to 255: from 150 the message interrupts ordinary ones, from 200 it takes the screen.
    With a `slot` it is for the screens of a playlist, at its end when it is new there, and `groups` does not count.
    Nothing is shortened: raises Invalid (text_fr, text_en, expires_at, starts_at, priority, to_hour, days, playlist).
    """
    moment = clock.now()
    values = {
        "text_fr": clean(text_fr),
        "text_en": clean(text_en),
        "english": english,
        "starts_at": starts_at or moment,
        "expires_at": expires_at,
        "priority": priority,
        "groups": [] if slot else sorted({group.strip() for group in groups if group.strip()}),
        **_slot_values(slot),
    }
    _check(values, moment)
    item, created = Item.objects.select_for_update().get_or_create(
        key=key, defaults=values | {"made_at": moment, "made_by": by}
    )
    if slot and (created or item.playlist_id != slot.playlist_id):
        values["rank"] = item.rank = next_rank(slot.playlist_id)
        item.save(update_fields=["rank"])
    if not created:
        if starts_at is None:
            values["starts_at"] = item.starts_at
        changed = [name for name, value in values.items() if getattr(item, name) != value]
        if changed or item.removed_at:
            for name in changed:
                setattr(item, name, values[name])
            item.removed_at, item.revision = None, item.revision + 1
            item.save(update_fields=[*changed, "removed_at", "revision"])
    screens = receivers(item.groups, item.playlist_id)
    tell_signs(screens)
    return [screen.name for screen in screens]


def may_show_alerts(by: User) -> bool:
    """Whether someone may take the whole screen without a second person: a decider of PARVIS_EMERGENCY_DECIDERS.

    For others an alert is a message of the communications, which a second person approves.
    """
    return is_decider(by)


@transaction.atomic
def show_typed(
    *,
    key: str,
    text_fr: str,
    starts_at: datetime | None = None,
    expires_at: datetime,
    priority: int = ORDINARY,
    groups: Sequence[str] = (),
    slot: Slot | None = None,
    by: User,
) -> list[str]:
    """Shows a message typed for the panels alone, or corrects it; see `show`.

    Raises NotAllowed, also for an alert by someone who may not publish alone; Invalid.
    """
    require(by)
    _require_alert(priority, by)
    former = Item.objects.filter(key=TYPED + key).first()
    if former is not None:
        _require_alert(former.priority, by)
    return show(
        key=TYPED + key, text_fr=text_fr, starts_at=starts_at, expires_at=expires_at, priority=priority,
        groups=groups, slot=slot, by=by,
    )  # fmt: skip


def _require_alert(priority: int, by: User) -> None:
    if priority >= ALERT and not may_show_alerts(by):
        raise NotAllowed(_("An alert takes every screen: write it in the communications, where someone approves it."))


def _slot_values(slot: Slot | None) -> dict[str, object]:
    if slot is None:
        return {"playlist_id": None, "from_hour": None, "to_hour": None, "days": []}
    days = sorted(set(slot.days))
    return asdict(slot) | {"days": [] if days == list(EVERY_DAY) else days}


def next_rank(playlist_id: int) -> int:
    """The place after the last message of a playlist, whose row is locked."""
    Playlist.objects.select_for_update().get(pk=playlist_id)
    last = Item.objects.filter(playlist_id=playlist_id).order_by("-rank").first()
    return last.rank + 1 if last else 1


def _check(values: dict[str, object], moment: datetime) -> None:
    wrong: dict[str, type_text] = {}
    for name in ("text_fr", "text_en"):
        text = str(values[name])
        if (result := fit(text)).count > MOST:
            wrong[name] = _("%(n)s characters: a panel takes %(most)s.") % {"n": result.count, "most": MOST}
    if not values["text_fr"]:
        wrong["text_fr"] = _("Write the message in French.")
    starts_at, expires_at = values["starts_at"], values["expires_at"]
    assert isinstance(starts_at, datetime) and isinstance(expires_at, datetime)
    if expires_at <= moment:
        wrong["expires_at"] = _("This moment is past: choose a later one.")
    elif expires_at <= starts_at:
        wrong["expires_at"] = _("The message must end after it begins.")
    if not LOWEST <= int(str(values["priority"])) <= HIGHEST:
        wrong["priority"] = _("Choose a priority from %(low)s to %(high)s.") % {"low": LOWEST, "high": HIGHEST}
    wrong |= _check_slot(values)
    if wrong:
        raise Invalid(_("Something is to be mended."), wrong)


def _check_slot(values: dict[str, object]) -> dict[str, type_text]:
    wrong: dict[str, type_text] = {}
    if (values["from_hour"] is None) != (values["to_hour"] is None):
        wrong["to_hour"] = _("Write both times, or none.")
    elif values["from_hour"] is not None and values["from_hour"] == values["to_hour"]:
        wrong["to_hour"] = _("Both times are the same: leave them empty for the whole day.")
    days = values["days"]
    assert isinstance(days, list)
    if not set(days) <= set(EVERY_DAY):
        wrong["days"] = _("Choose days of the week.")
    playlist_id = values["playlist_id"]
    assert playlist_id is None or isinstance(playlist_id, int)
    if playlist_id is not None and not Playlist.objects.filter(pk=playlist_id, closed_at=None).exists():
        wrong["playlist"] = _("This playlist is closed: choose another one.")
    return wrong


@transaction.atomic
def remove(*, key: str) -> bool:
    """Takes a message off every screen; False when this key shows nothing. Idempotent."""
    item = Item.objects.select_for_update().filter(key=key, removed_at=None).first()
    if item is None:
        return False
    item.removed_at = clock.now()
    item.save(update_fields=["removed_at"])
    tell_signs(receivers(item.groups, item.playlist_id))
    return True


@transaction.atomic
def remove_item(*, item_id: int, by: User) -> Item:
    """Takes a message off at the desk. Raises NotAllowed, NotFound."""
    item = _item(item_id, by)
    remove(key=item.key)
    return item


@transaction.atomic
def restore_item(*, item_id: int, by: User) -> Item:
    """Puts back a message taken off. Raises NotAllowed, NotFound, Conflict when it is over."""
    item = _item(item_id, by)
    _require_alert(item.priority, by)
    if item.expires_at <= clock.now():
        raise Conflict(_("This message is over: write another one."))
    Item.objects.filter(pk=item.pk).update(removed_at=None, revision=item.revision + 1)
    tell_signs(receivers(item.groups, item.playlist_id))
    return item


def _item(item_id: int, by: User) -> Item:
    """A message that the desk typed, or approved for a body; those of others are taken off where they were written."""
    require(by)
    own = Q(key__startswith=TYPED) | Q(key__startswith=REQUESTED)
    return locked_row(Item.objects.filter(own, pk=item_id), _("This message does not exist."))


def tell_signs(screens: Iterable[Screen]) -> None:
    """Has those of the screens that are signs looked at now."""
    for screen in screens:
        if screen.kind == Screen.Kind.SIGN:
            enqueue(SYNC_SIGN, screen.pk)
