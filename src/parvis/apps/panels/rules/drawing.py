"""The picture of a screen, for systems that show pictures: the layout of its page, without a clock, which would lie."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from parvis.apps.panels.rules import text

GROUND, INK, INK_2, LINE, RIVER = "#f5f5f1", "#14262b", "#415257", "#d3d3c9", "#0a5663"
ALARM, DEEP, WHITE, AMBER, RED, BLACK = "#98261b", "#6f1a12", "#ffffff", "#ffc24a", "#ff3b24", "#000000"
FLOOR, TARGET = 0.035, 0.06  # of the height: the smallest letters, and what is aimed at
ROWS = 2
SECOND = 35 / 44  # of the first line of a strip: the size of the second
SMALLER = 0.94  # from one size tried to the next


@dataclass(frozen=True)
class Picture:
    """The size of a screen in pixels, whether it is a strip and of how many letters, what it shows in any case (name,
    phone, site), and the path of a variable font.
    """

    width: int
    height: int
    strip: bool
    standing: dict[str, str]
    columns: int
    font: str


@dataclass(frozen=True)
class Block:
    """Words set in lines at a size."""

    lines: list[str]
    font: Any
    size: int

    @property
    def height(self) -> int:
        return round(len(self.lines) * self.size * 1.12)


def draw(picture: Picture, words: str, *, alert: bool = False, off: bool = False, page: int = 0) -> bytes:
    """A PNG of these words; without words, of the name and the number of the town; black when it is off.

    On a strip the words take several pages: `page` is any number, taken modulo theirs.
    """
    background = BLACK if off or picture.strip else ALARM if alert else GROUND
    image = Image.new("RGB", (picture.width, picture.height), background)
    if not off:
        pen = ImageDraw.Draw(image)
        if picture.strip:
            _strip(pen, picture, words, alert, page)
        else:
            _full(pen, picture, words, alert)
    result = BytesIO()
    image.save(result, "PNG")
    return result.getvalue()


@cache
def _font(path: str, size: int, weight: int) -> Any:
    font = ImageFont.truetype(path, size)
    font.set_variation_by_axes([weight])
    return font


def _strip(pen: Any, picture: Picture, words: str, alert: bool, page: int) -> None:
    unit = picture.height / 96
    left = round(12 * unit)
    if alert:
        pen.rectangle([0, 0, picture.width - 1, picture.height - 1], outline=RED, width=max(1, round(3 * unit)))
        _sign(pen, round(14 * unit), round(20 * unit), round(56 * unit), RED)
        left = round(80 * unit)
    pages = text.pages(words, picture.columns, ROWS)
    lines = pages[page % len(pages)] if pages else [picture.standing["name"], picture.standing["phone"]]
    block = _line_block(picture.font, lines, picture.width - left - round(6 * unit), round(44 * unit), 680)
    second = _font(picture.font, max(8, round(block.size * SECOND)), 680)
    high, low = (font.getbbox("ÉÂgj,")[3] - font.getbbox("É")[1] for font in (block.font, second))
    gap = max(1, min(round(4 * unit), picture.height - high - low - 2))
    y = (picture.height - (high + gap + low if len(lines) > 1 else high)) // 2
    for rank, line in enumerate(lines):
        font = block.font if rank == 0 else second
        pen.text((left, y - font.getbbox("É")[1]), line, font=font, fill=WHITE if rank == 0 else AMBER)
        y += high + gap


def _line_block(path: str, lines: list[str], width: int, largest: int, weight: int) -> Block:
    size = largest
    while size > 8 and max(_font(path, size, weight).getlength(line) for line in lines) > width:
        size = max(8, int(size * SMALLER))
    return Block(lines, _font(path, size, weight), size)


def _full(pen: Any, picture: Picture, words: str, alert: bool) -> None:
    width, height = picture.width, picture.height
    unit = min(width / 1920, height / 1080)
    left, foot = round(96 * unit), height - round(150 * unit)
    ink = WHITE if alert else INK
    top = round(72 * unit)
    if alert:
        _sign(pen, left, top, round(100 * unit), WHITE)
        pen.text((left + round(132 * unit), top), "Alerte", font=_font(picture.font, round(88 * unit), 620), fill=WHITE)
        top += round(120 * unit)
        pen.rectangle([0, foot, width, height], fill=DEEP)
    else:
        pen.line([0, foot, width, foot], fill=LINE, width=max(2, round(4 * unit)))
    head, rest = text.parts(words) if words else (picture.standing["name"], "")
    room = (width - 2 * left, foot - top - round(40 * unit))
    blocks = _fitted(picture, (head, rest), room, round(232 * unit))
    gap = round(40 * unit)
    y = top + (room[1] - sum(block.height for block in blocks) - gap * (len(blocks) - 1)) // 2
    for rank, block in enumerate(blocks):
        for line in block.lines:
            pen.text((left, y), line, font=block.font, fill=ink if rank == 0 or alert else INK_2)
            y += round(block.size * 1.12)
        y += gap
    small = _font(picture.font, round(56 * unit), 480)
    middle = (foot + height) // 2
    pen.text((left, middle), picture.standing["site"], font=small, fill=ink, anchor="lm")
    number = _font(picture.font, round(84 * unit), 620)
    pen.text((width - left, middle), picture.standing["phone"], font=number, fill=ink, anchor="rm")


def _fitted(picture: Picture, words: tuple[str, str], room: tuple[int, int], largest: int) -> list[Block]:
    """The words in large and those below, at the largest sizes that hold in the room, never under the floor."""
    (head, rest), height = words, picture.height
    floor, size = max(8, round(FLOOR * height)), largest
    while True:
        below = max(floor, min(round(92 / 232 * largest), max(round(TARGET * height), round(size * 0.5))))
        blocks = [_block(picture.font, head, size, 600, room[0])]
        if rest:
            blocks.append(_block(picture.font, rest, min(below, size), 480, room[0]))
        fits = sum(block.height for block in blocks) + size // 4 <= room[1]
        wide = max(block.font.getlength(line) for block in blocks for line in block.lines) <= room[0]
        if (fits and wide) or size <= floor:
            return blocks
        size = max(floor, int(size * SMALLER))


def _block(path: str, words: str, size: int, weight: int, width: int) -> Block:
    font = _font(path, size, weight)
    lines: list[str] = []
    for word in words.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return Block(lines, font, size)


def _sign(pen: Any, x: int, y: int, size: int, colour: str) -> None:
    stroke = max(2, size // 12)
    points = [(x + size // 2, y), (x + size, y + size - stroke), (x, y + size - stroke)]
    pen.line([*points, points[0], points[1]], fill=colour, width=stroke, joint="curve")
    middle = x + size // 2
    pen.line([middle, y + size * 0.38, middle, y + size * 0.62], fill=WHITE, width=stroke)
    pen.ellipse(
        [middle - stroke * 0.6, y + size * 0.72, middle + stroke * 0.6, y + size * 0.72 + stroke * 1.2], fill=WHITE
    )
