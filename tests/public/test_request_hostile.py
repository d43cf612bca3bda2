"""Hostile photos and headers of a request cost little and break nothing."""

import subprocess
import sys
import tracemalloc
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client
from PIL import Image

from parvis.apps.cases.models import Case
from parvis.surfaces.public.request.photos import gather
from tests.factories import SmallTown
from tests.hostile_photos import progressive_jpeg
from tests.public.test_request import PATH, filled, html_of, picture

MEASURE = """
import sys
from pathlib import Path
from parvis.apps.files.rules.headers import read_header
def peak(): return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
raw = sys.stdin.buffer.read()
before = peak()
assert read_header(raw).pixels == 144_000_000
print(peak() - before)
"""


def test_a_vast_picture_is_known_by_its_header_before_anything_is_decoded() -> None:
    out = BytesIO()
    Image.new("L", (12_000, 12_000)).save(out, "PNG")
    done = subprocess.run([sys.executable, "-c", MEASURE], input=out.getvalue(), capture_output=True, check=True)
    assert int(done.stdout) < 40_000, "kilobytes; decoded, it takes 144 000"


@pytest.mark.django_db
def test_a_file_too_heavy_to_be_kept_is_refused_unread(town: SmallTown) -> None:
    with TemporaryUploadedFile("film.jpg", "image/jpeg", 80_000_000, None) as upload:
        upload.truncate(80_000_000)
        tracemalloc.start()
        photos = gather("key", [], [upload])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert not photos.shown and "12" in photos.refused[0]
    assert peak < 20_000_000


@pytest.mark.django_db
def test_a_photo_made_to_stop_the_site_is_named_and_the_words_and_the_other_photo_come_back(
    client: Client, town: SmallTown
) -> None:
    trap = SimpleUploadedFile("piege.jpg", progressive_jpeg(), "image/jpeg")
    page = html_of(client.post(PATH, filled(client) | {"photos": [trap, picture("trou.jpg")]}))
    assert "piege.jpg : Cette photo demande trop de travail" in page
    assert "Un trou profond." in page and "trou.jpg" in page and page.count('name="kept"') == 1
    assert not Case.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["origin", "referer"])
def test_an_origin_that_is_no_address_is_another_site(client: Client, header: str) -> None:
    assert client.post("/suivi/", {"reference": "26-0001-G"}, headers={header: "http://["}).status_code == 403
