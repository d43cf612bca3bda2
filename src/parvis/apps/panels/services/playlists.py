"""Playlists named, put in order, closed, opened again."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.panels.models import Item, Playlist
from parvis.apps.panels.queries.screens import receivers
from parvis.apps.panels.services.items import tell_signs
from parvis.apps.panels.services.screens import require
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.words import fold, one_line


@transaction.atomic
def add_playlist(*, name: str, by: User) -> Playlist:
    """Adds a playlist. Raises NotAllowed, Invalid (name)."""
    require(by)
    return Playlist.objects.create(name=_checked(name), made_at=clock.now(), made_by=by)


@transaction.atomic
def rename_playlist(*, playlist_id: int, name: str, by: User) -> Playlist:
    """Renames a playlist. Raises NotAllowed, NotFound, Invalid (name)."""
    playlist = _locked(playlist_id, by)
    playlist.name = _checked(name, playlist)
    playlist.save(update_fields=["name"])
    return playlist


@transaction.atomic
def close_playlist(*, playlist_id: int, by: User) -> Playlist:
    """Stops a playlist everywhere; its messages and screens stay its own. Idempotent. Raises NotAllowed, NotFound."""
    playlist = _locked(playlist_id, by)
    if playlist.closed_at is None:
        playlist.closed_at, playlist.closed_by = clock.now(), by
        playlist.save(update_fields=["closed_at", "closed_by"])
        tell_signs(receivers((), playlist.pk))
    return playlist


@transaction.atomic
def reopen_playlist(*, playlist_id: int, by: User) -> Playlist:
    """Plays again a playlist that was closed, where it was. Raises NotAllowed, NotFound, Invalid (name is taken)."""
    playlist = _locked(playlist_id, by)
    _checked(playlist.name, playlist)
    playlist.closed_at = playlist.closed_by = None
    playlist.save(update_fields=["closed_at", "closed_by"])
    tell_signs(receivers((), playlist.pk))
    return playlist


@transaction.atomic
def move_item(*, item_id: int, later: bool, by: User) -> Item:
    """Plays a message of a playlist one place later, or earlier; at its end nothing changes.

    Raises NotAllowed, NotFound, Conflict when it is over.
    """
    require(by)
    item = Item.objects.filter(pk=item_id, playlist__isnull=False, removed_at=None).first()
    if item is None or item.playlist_id is None:
        raise NotFound(_("This message does not exist."))
    Playlist.objects.select_for_update().get(pk=item.playlist_id)
    rows = list(_in_order(item.playlist_id))
    at = next((rank for rank, row in enumerate(rows) if row.pk == item.pk), None)
    if at is None:
        raise Conflict(_("This message is over: write another one."))
    other = at + (1 if later else -1)
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    for rank, row in enumerate(rows, 1):
        if row.rank != rank:
            Item.objects.filter(pk=row.pk).update(rank=rank)
    tell_signs(receivers((), item.playlist_id))
    return item


def _in_order(playlist_id: int) -> list[Item]:
    live = Item.objects.filter(playlist_id=playlist_id, removed_at=None, expires_at__gt=clock.now())
    return list(live.order_by("rank", "starts_at", "pk"))


def _locked(playlist_id: int, by: User) -> Playlist:
    require(by)
    return locked_row(Playlist.objects.filter(pk=playlist_id), _("This playlist does not exist."))


def _checked(name: str, own: Playlist | None = None) -> str:
    result = one_line(name)
    if not 1 <= len(result) <= 80:
        raise Invalid.in_field("name", _("Name the playlist, in 80 characters at most."))
    others = Playlist.objects.filter(closed_at=None).exclude(pk=own.pk if own else 0)
    if fold(result) in {fold(other) for other in others.values_list("name", flat=True)}:
        raise Invalid.in_field("name", _("Another playlist has this name."))
    return result
