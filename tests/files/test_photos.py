"""A photo is stored as it looks, without metadata; anything else is refused with a reason."""

import hashlib
import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import Settings

from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.queries import open_file
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.files.web import respond
from parvis.lib.errors import Invalid, NotFound
from tests.factories import make_user

pytestmark = pytest.mark.django_db
GPS, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F


def photo(form: str = "JPEG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: object) -> bytes:
    out = BytesIO()
    picture = Image.new(mode, size)
    if mode == "RGB":
        picture.paste("red", (0, 0, size[0] // 2, size[1]))
    picture.save(out, form, **options)
    return out.getvalue()


def upload(raw: bytes, name: str = "trou.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw, content_type="text/html")


def stored_image(attachment: Attachment) -> Image.Image:
    with storages["received"].open(attachment.stored) as stream:
        return Image.open(BytesIO(stream.read()))


def png_of(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims this width and height."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_as_jpeg_whatever_it_claims_to_be(form: str) -> None:
    by = make_user("alice.cote")
    attachment = keep_photo(upload(photo(form), "../../Mon  trou\x00.html"), by=Actor.staff(by))
    assert (attachment.content_type, attachment.name, attachment.added_by) == ("image/jpeg", "Mon trou.jpg", by)
    picture = stored_image(attachment)
    assert (picture.format, picture.size) == ("JPEG", (40, 20))
    with storages["received"].open(attachment.stored) as stream:
        raw = stream.read()
    assert (attachment.size, attachment.sha256) == (len(raw), hashlib.sha256(raw).hexdigest())


def test_it_is_turned_upright_and_says_nothing_of_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[MAKE] = "Camera"
    exif.get_ifd(GPS)[2] = (45.0, 27.0, 0.0)
    picture = stored_image(keep_photo(upload(photo(exif=exif.tobytes(), comment=b"secret")), by=Actor.citizen()))
    assert picture.size == (20, 40)
    assert not picture.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(picture.info)
    red, _green, _blue = picture.convert("RGB").getpixel((10, 4))  # type: ignore[misc]
    assert red > 200


def test_a_large_photo_is_reduced() -> None:
    assert stored_image(keep_photo(upload(photo(size=(4000, 1000))), by=Actor.citizen())).size == (2560, 640)


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "LA", "I;16"])
def test_any_colours_will_do(mode: str) -> None:
    assert stored_image(keep_photo(upload(photo("PNG", mode=mode)), by=Actor.citizen())).mode == "RGB"


def test_what_was_transparent_is_white() -> None:
    pixel = stored_image(keep_photo(upload(photo("PNG", mode="RGBA")), by=Actor.citizen())).getpixel((5, 5))
    assert min(pixel) > 250  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "raw",
    [
        b"<script>alert(1)</script>",
        b"%PDF-1.4",
        photo()[:300],
        photo("GIF"),
        photo("TIFF"),
        b"\xff\xd8\xff\xe0" + b"\0" * 500,
        png_of(30_000, 30_000),
        png_of(9_000, 9_000),
        png_of(0, 10),
        b"",
    ],
    ids=["html", "pdf", "cut", "gif", "tiff", "zeros", "bomb", "large", "flat", "empty"],
)
def test_anything_else_is_refused_with_words_beside_the_field(raw: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        keep_photo(upload(raw), by=Actor.citizen())
    assert list(refusal.value.fields) == ["photo"]
    assert not Attachment.objects.exists()


def test_more_than_twelve_megabytes_is_not_even_read() -> None:
    with pytest.raises(Invalid, match="12"):
        keep_photo(upload(b"\0" * 12_000_001), by=Actor.citizen())


def test_a_browser_can_only_look_at_it() -> None:
    attachment = keep_photo(upload(photo(), 'a"\r\nSet-Cookie: x=1.jpg'), by=Actor.citizen())
    answer = respond(open_file(str(attachment.key)))
    assert b"".join(answer) == storages["received"].open(attachment.stored).read()
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("inline")
    assert "Set-Cookie" not in answer
    assert respond(attachment, download=True)["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("key", ["", "x", "../../etc/passwd", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_key_opens_nothing(key: str) -> None:
    with pytest.raises(NotFound):
        open_file(key)


def test_a_row_whose_bytes_are_gone_is_not_found(settings: Settings) -> None:
    attachment = keep_photo(upload(photo()), by=Actor.citizen())
    Path(storages["received"].path(attachment.stored)).unlink()
    with pytest.raises(NotFound):
        respond(attachment)
