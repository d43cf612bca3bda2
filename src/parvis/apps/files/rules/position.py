"""Where a photo was taken, as its EXIF data say."""

import math
from typing import Any

from PIL import Image

from parvis.apps.files.rules.decoder import opened

GPS = 0x8825
LATITUDE, LONGITUDE = (1, 2), (3, 4)  # tags of the hemisphere, and of the degrees, minutes and seconds


def position_of(raw: bytes) -> tuple[float, float] | None:
    """The latitude and longitude (WGS 84) in the EXIF data; None when missing or invalid. The image is not decoded."""
    try:
        with opened(raw) as image:
            # Not `image.getexif`: the PNG version decodes the whole image.
            gps = Image.Image.getexif(image).get_ifd(GPS)
            latitude, longitude = _degrees(gps, LATITUDE, "S"), _degrees(gps, LONGITUDE, "W")
    except Exception:  # hostile bytes fail in many ways
        return None
    valid = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (latitude, longitude) if valid else None


def _degrees(gps: dict[int, Any], tags: tuple[int, int], negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in gps[tags[1]])
    decimal = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(decimal):
        raise ValueError("no position")
    return round(-decimal if str(gps.get(tags[0], "")).strip("\0 ").upper() == negative else decimal, 6)
