"""What a screen shows, drawn: for systems that show pictures, and for those who write its messages."""

from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.apps.panels.models import Screen
from parvis.apps.panels.queries.screens import live
from parvis.apps.panels.rules import text
from parvis.apps.panels.rules.drawing import ROWS, Picture, draw
from parvis.lib.quebec import phone

FONT = "ui/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"
LETTER, MARGIN = 0.175, 1.22  # of the height of a strip: the width of a letter, and of what stands before the words
SIZES, PAGES = 3, 6  # shown to who writes
WIDEST = 640  # pixels of the picture of a large screen, there


@dataclass(frozen=True)
class Sight:
    """How a text looks on the screens of one size: one PNG for each of its pages."""

    width: int
    height: int
    strip: bool
    screens: list[str]
    pictures: list[bytes]


def standing() -> dict[str, str]:
    """What a screen shows in any case: the name of the town, its number, its site."""
    place: Town = town()
    site = urlsplit(place.website or settings.PARVIS_URL).hostname or ""
    return {"name": place.name_fr, "phone": phone(place.phone), "site": site.removeprefix("www.")}


def columns(screen: Screen) -> int:
    """How many letters a line of a strip holds, beside its clock."""
    return max(6, int((screen.width - MARGIN * screen.height) / (LETTER * screen.height)))


def picture(screen: Screen, words: str, *, alert: bool = False, off: bool = False, page: int = 0) -> bytes:
    """A PNG of the size of a screen with these words; see `rules.drawing.draw`."""
    return draw(_picture(screen, screen.width, screen.height), words, alert=alert, off=off, page=page)


def sights(words: str, *, alert: bool = False) -> list[Sight]:
    """How a text looks on the screens in use, by size, SIZES of them at most, strips first. Nothing for no text.

    A strip is drawn pixel for pixel; a larger screen in small, as its letters are broken in the same lines.
    """
    by_size: dict[tuple[int, int], list[Screen]] = {}
    for screen in live() if words else []:
        by_size.setdefault((screen.width, screen.height), []).append(screen)
    ordered = sorted(by_size.values(), key=lambda screens: not screens[0].is_strip)
    return [_sight(screens, words, alert) for screens in ordered[:SIZES]]


def _sight(screens: list[Screen], words: str, alert: bool) -> Sight:
    first = screens[0]
    shrunk = 1.0 if first.is_strip else min(1.0, WIDEST / first.width)
    drawn = _picture(first, round(first.width * shrunk), round(first.height * shrunk))
    count = len(text.pages(words, columns(first), ROWS)) if first.is_strip else 1
    pictures = [draw(drawn, words, alert=alert, page=page) for page in range(min(count, PAGES))]
    return Sight(first.width, first.height, first.is_strip, [screen.name for screen in screens], pictures)


def _picture(screen: Screen, width: int, height: int) -> Picture:
    return Picture(width, height, screen.is_strip, standing(), columns(screen), _font())


@cache
def _font() -> str:
    return str(finders.find(FONT))
