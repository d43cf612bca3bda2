"""A few small photos, drawn rather than taken, that stand for those people send."""

from io import BytesIO
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter

SIZE = (480, 360)
GROUNDS = ((118, 116, 112), (96, 104, 92), (196, 200, 204), (140, 124, 104), (84, 92, 104))


def draw_photo(name: str, rng: Random) -> SimpleUploadedFile:
    """A patch of ground with stains on it, out of focus, as a JPEG of some 10 KB."""
    ground = rng.choice(GROUNDS)
    image = Image.new("RGB", SIZE, ground)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, SIZE[0], rng.randint(60, 140)), fill=(150, 170, 190))
    for _ in range(rng.randint(6, 12)):
        x, y, wide = rng.randint(0, SIZE[0]), rng.randint(120, SIZE[1]), rng.randint(10, 120)
        shade = rng.randint(-40, 40)
        fill = (ground[0] + shade, ground[1] + shade, ground[2] + shade)
        pen.ellipse((x, y, x + wide, y + wide // 2), fill=fill)
    raw = BytesIO()
    image.filter(ImageFilter.GaussianBlur(2)).save(raw, "JPEG", quality=80)
    return SimpleUploadedFile(name, raw.getvalue())
