"""Rectangles that hide faces and plates: the pixels under them are replaced in a new picture. Pure."""

from collections.abc import Sequence
from io import BytesIO
from math import ceil, floor

from PIL import Image, ImageDraw

from parvis.apps.files.rules.decoder import Clean, clean

THOUSAND = 1000
COLOUR = (24, 30, 33)
MOST = 40  # rectangles of one picture

Rectangle = tuple[int, int, int, int]  # x, y, width, height, in thousandths of the picture


def checked(values: Sequence[Sequence[int]]) -> list[Rectangle]:
    """The rectangles, cut to the picture, without the empty ones. Raises ValueError for anything else.

    At most MOST of them.
    """
    if len(values) > MOST:
        raise ValueError("too many")
    rectangles = []
    for value in values:
        x, y, width, height = (int(number) for number in value)
        left, top = max(0, min(x, THOUSAND)), max(0, min(y, THOUSAND))
        right, bottom = max(0, min(x + width, THOUSAND)), max(0, min(y + height, THOUSAND))
        if right > left and bottom > top:
            rectangles.append((left, top, right - left, bottom - top))
    return rectangles


def masked(picture: bytes, rectangles: Sequence[Rectangle]) -> Clean:
    """The picture encoded again, without metadata, each rectangle painted over, and its thumbnail made from that.

    A rectangle covers every pixel that it touches. The picture is one of ours, already cleaned.
    """
    with Image.open(BytesIO(picture), formats=["JPEG"]) as image:
        painted = image.convert("RGB")
    draw = ImageDraw.Draw(painted)
    for x, y, width, height in rectangles:
        left, top = floor(x * painted.width / THOUSAND), floor(y * painted.height / THOUSAND)
        right = ceil((x + width) * painted.width / THOUSAND) - 1
        bottom = ceil((y + height) * painted.height / THOUSAND) - 1
        draw.rectangle((left, top, max(left, right), max(top, bottom)), fill=COLOUR)
    out = BytesIO()
    painted.save(out, "JPEG", quality=95)
    return clean(out.getvalue())
