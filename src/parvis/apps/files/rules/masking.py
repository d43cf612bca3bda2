"""Rectangles that hide faces and plates (`decoder.masked`). Pure."""

from collections.abc import Sequence

from parvis.apps.files.rules.decoder import THOUSAND, Rectangle

MOST = 40  # rectangles of one picture


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
