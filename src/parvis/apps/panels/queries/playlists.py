"""The playlists of the screens."""

from collections.abc import Sequence
from dataclasses import dataclass

from parvis.apps.panels.models import Item, Playlist, Screen
from parvis.lib import clock

CLOSED = 10  # shown, the last first


@dataclass(frozen=True)
class Listed:
    """A playlist, its messages that are not over, in order, and the screens that play it."""

    playlist: Playlist
    items: Sequence[Item]
    screens: Sequence[Screen]


def playlists() -> list[Listed]:
    """The open playlists, by name; three queries, whatever their number."""
    rows = list(Playlist.objects.filter(closed_at=None).order_by("name", "pk"))
    items, screens = _items(rows), Screen.objects.filter(revoked_at=None, playlist__in=rows).order_by("name", "pk")
    shown: dict[int, list[Screen]] = {}
    for screen in screens:
        shown.setdefault(screen.playlist_id or 0, []).append(screen)
    return [Listed(row, items.get(row.pk, []), shown.get(row.pk, [])) for row in rows]


def closed_playlists() -> list[Playlist]:
    """The last playlists that were closed."""
    rows = Playlist.objects.filter(closed_at__isnull=False).select_related("closed_by")
    return list(rows.order_by("-closed_at", "-pk")[:CLOSED])


def playlist_by_id(playlist_id: int) -> Listed | None:
    """A playlist, open or closed; three queries."""
    row = Playlist.objects.filter(pk=playlist_id).first()
    if row is None:
        return None
    screens = Screen.objects.filter(revoked_at=None, playlist=row).order_by("name", "pk")
    return Listed(row, _items([row]).get(row.pk, []), list(screens))


def playlist_names() -> list[tuple[int, str]]:
    """(id, name) of the open playlists, by name."""
    return list(Playlist.objects.filter(closed_at=None).order_by("name", "pk").values_list("pk", "name"))


def _items(rows: Sequence[Playlist]) -> dict[int, list[Item]]:
    result: dict[int, list[Item]] = {}
    live = Item.objects.filter(playlist__in=rows, removed_at=None, expires_at__gt=clock.now())
    for item in live.order_by("rank", "starts_at", "pk"):
        result.setdefault(item.playlist_id or 0, []).append(item)
    return result
