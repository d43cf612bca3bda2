"""Uploads of several files: photos of any format are stored; others are refused, naming what they are."""

import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pillow_heif
import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from PIL import Image
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import keep_photo, keep_photos, sweep_unused
from parvis.apps.files.services.photos import clean_photo
from parvis.apps.files.tasks import remove_bytes
from parvis.apps.mail.models import Outgoing
from parvis.lib.clock import now
from tests.factories import SmallTown, unique

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_in_english")]
GPS = 0x8825


@pytest.fixture
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def picture(form: str = "JPEG", size: tuple[int, int] = (900, 600), mode: str = "RGB", **options: object) -> bytes:
    out = BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(out, form, **options)
    return out.getvalue()


def heic(size: tuple[int, int] = (640, 400), exif: bytes = b"") -> bytes:
    out = BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", size, "blue")).save(out, exif=exif or None)
    return out.getvalue()


def position(latitude: tuple[float, ...], longitude: tuple[float, ...], sides: str = "NW") -> bytes:
    exif = Image.Exif()
    exif.get_ifd(GPS).update({1: sides[0], 2: latitude, 3: sides[1], 4: longitude})
    return exif.tobytes()


def office(part: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(part, "x")
    return out.getvalue()


def upload(raw: bytes, name: str = "trou.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw, content_type="image/jpeg")


def opened(path: str) -> Image.Image:
    with storages["received"].open(path) as stream:
        return Image.open(BytesIO(stream.read()))


def test_the_photos_are_kept_and_the_others_named() -> None:
    result = keep_photos(
        [upload(picture(), "a.jpg"), upload(b"\x7fELF\x02", "b.jpg"), upload(heic(), "IMG_0042.HEIC")],
        by=Actor.citizen(),
    )
    assert [photo.name for photo in result.photos] == ["a.jpg", "IMG_0042.jpg"]
    assert [(refusal.name, "program" in refusal.why) for refusal in result.refused] == [("b.jpg", True)]


def test_ten_at_most() -> None:
    result = keep_photos([upload(picture(size=(8, 8)), f"{number}.jpg") for number in range(12)], by=Actor.citizen())
    assert len(result.photos) == Attachment.objects.count() == 10
    assert [refusal.name for refusal in result.refused] == ["10.jpg", "11.jpg"]


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"\x7fELF\x02\x01\x01", "program"),
        (b"MZ\x90\x00" + b"\0" * 400, "program"),
        (b"#!/bin/sh\nrm -rf /", "program"),
        (b"\xcf\xfa\xed\xfe\x07", "program"),
        (b"<?php system($_GET[0]);", "program"),
        (office("run.exe"), "archive"),
        (office("word/vbaProject.bin"), "document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "document"),
        (b"%PDF-1.7\n", "document"),
        (b"\n\n%PDF-1.7\n", "document"),
        (b"<svg onload='alert(1)'>", "drawing"),
        (b"<?xml version='1.0'?><!DOCTYPE svg><svg/>", "drawing"),
        (b"\xef\xbb\xbf <!DOCTYPE html><script>", "web page"),
        ("<html>".encode("utf-16"), "web page"),
        (picture("GIF"), "GIF"),
        (b"\0\0\0\x18ftypmp42", "video"),
        (b"Rar!\x1a\x07\x01\0", "archive"),
        (b"\x1f\x8b\x08", "archive"),
        (picture()[:400], "read"),
        (heic()[:300], "read"),
        (picture("TIFF"), "read"),
        (b"", "empty"),
    ],
)
def test_what_hides_behind_the_name_of_a_photo_is_named(raw: bytes, word: str) -> None:
    result = keep_photos([upload(raw, "../photo\n de rue.jpg")], by=Actor.citizen())
    assert not result.photos
    assert result.refused[0].name == "photo de rue.jpg"
    assert word in result.refused[0].why


def test_a_photo_with_something_behind_it_keeps_only_its_pixels() -> None:
    attachment = keep_photo(upload(picture() + office("run.exe") + b"<?php ?>"), by=Actor.citizen())
    with storages["received"].open(attachment.stored) as stream:
        raw = stream.read()
    assert b"PK\x03\x04" not in raw and b"<?php" not in raw


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_of_an_animated_picture_the_first_is_kept(form: str) -> None:
    out = BytesIO()
    others = [Image.new("RGB", (40, 40), colour) for colour in ("green", "blue")]
    Image.new("RGB", (40, 40), "red").save(out, form, save_all=True, append_images=others)
    red, green, blue = opened(keep_photo(upload(out.getvalue()), by=Actor.citizen()).stored).getpixel((20, 20))  # type: ignore[misc]
    assert red > 200 and green < 60 and blue < 60


def test_a_picture_for_printers_and_one_with_an_absurd_orientation_are_shown() -> None:
    assert opened(keep_photo(upload(picture(mode="CMYK")), by=Actor.citizen()).stored).mode == "RGB"
    exif = Image.Exif()
    exif[0x0112] = 99
    assert opened(keep_photo(upload(picture(exif=exif.tobytes())), by=Actor.citizen()).stored).size == (900, 600)
    assert opened(keep_photo(upload(picture(exif=b"Exif\0\0not at all")), by=Actor.citizen()).stored).size == (900, 600)


def test_sixteen_bits_of_grey_stay_grey() -> None:
    out = BytesIO()
    Image.new("I;16", (40, 40), 0x8000).save(out, "PNG")
    grey = opened(keep_photo(upload(out.getvalue()), by=Actor.citizen()).stored).getpixel((5, 5))
    assert all(abs(channel - 128) < 4 for channel in grey)  # type: ignore[union-attr]


def test_a_reduced_picture_stands_beside_the_whole_one() -> None:
    attachment = keep_photo(upload(picture(size=(3000, 4000))), by=Actor.citizen())
    assert (attachment.width, attachment.height) == opened(attachment.stored).size == (1920, 2560)
    assert (attachment.thumbnail_width, attachment.thumbnail_height) == opened(attachment.thumbnail).size == (360, 480)
    small = keep_photo(upload(picture(size=(200, 100))), by=Actor.citizen())
    assert (small.thumbnail, small.thumbnail_width, small.thumbnail_height) == ("", 200, 100)


@pytest.mark.parametrize("make", [lambda exif: picture(exif=exif), lambda exif: heic(exif=exif)], ids=["jpeg", "heic"])
def test_the_position_is_read_and_then_gone(make: Callable[[bytes], bytes]) -> None:
    raw = make(position((45.0, 27.0, 36.0), (73.0, 17.0, 24.0)))
    kept = keep_photos([upload(raw)], by=Actor.citizen())
    assert kept.positions == [(45.46, -73.29)]
    with storages["received"].open(kept.photos[0].stored) as stream:
        assert clean_photo(stream.read()).position is None


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        position((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        position((95.0, 0.0, 0.0), (73.0, 0.0, 0.0)),
        position((45.0,), (73.0,)),
    ],
    ids=["none", "zero", "beyond", "short"],
)
def test_a_position_without_sense_is_none(exif: bytes) -> None:
    assert clean_photo(picture(exif=exif) if exif else picture()).position is None


def test_what_nothing_uses_is_swept_after_a_day_and_what_is_used_stays(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    used, forgotten, fresh = (keep_photo(upload(picture()), by=Actor.citizen()) for _ in range(3))
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="web", words="Sombre.", photos=[used]
    )
    open_case(new_case, by=Actor.citizen())
    Attachment.objects.exclude(pk=fresh.pk).update(added_at=now() - timedelta(hours=25))
    assert sweep_unused() == 1
    assert run_jobs() >= 1
    assert set(Attachment.objects.values_list("pk", flat=True)) == {used.pk, fresh.pk}
    there = {
        path: storages["received"].exists(path) for attachment in (used, forgotten, fresh) for path in attachment.paths
    }
    assert [there[path] for path in forgotten.paths] == [False, False]
    assert all(there[path] for attachment in (used, fresh) for path in attachment.paths)
    remove_bytes(forgotten.paths)
    assert Case.objects.count() == 1 and not Outgoing.objects.exists()


def test_a_folder_that_takes_nothing_does_not_stop_the_rest(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "received": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "file")},
        }
    }
    (tmp_path / "file").write_text("not a folder")
    result = keep_photos([upload(picture())], by=Actor.citizen())
    assert len(result.refused) == 1 and not Attachment.objects.exists()
