"""A script that opens COUNT requests with photos in the installation of its environment: `opening_cases.py COUNT`.

It prints each reference on its own line, and stops early when its standard input is closed.
"""

import os
import select
import sys
import uuid
from io import BytesIO

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"
django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from PIL import Image  # noqa: E402

from parvis.apps.cases.services.opening.new_cases import NewCase, open_case  # noqa: E402
from parvis.apps.catalogue.models import Channel, Nature, Subject  # noqa: E402
from parvis.apps.directory.models import Actor  # noqa: E402
from parvis.apps.files.services.attachments import keep_photos  # noqa: E402


def picture(shade: int) -> SimpleUploadedFile:
    """A small photo of one colour."""
    buffer = BytesIO()
    Image.new("RGB", (60, 40), (shade % 256, 90, 30)).save(buffer, "JPEG")
    return SimpleUploadedFile("trou.jpg", buffer.getvalue(), "image/jpeg")


def main(count: int) -> None:
    """Opens that many requests, one after another."""
    subject = Subject.objects.filter(active=True, routable=True, place="optional", questions=None).first()
    assert subject
    for rank in range(count):
        if select.select([sys.stdin], [], [], 0)[0]:
            return
        photos = keep_photos([picture(rank)], by=Actor.citizen()).photos
        new_case = NewCase(
            uuid.uuid4().hex, subject, Nature.REQUEST, Channel.WEB, words=f"Dérangement {rank}", photos=photos
        )
        print(open_case(new_case, by=Actor.citizen()).case.reference, flush=True)


main(int(sys.argv[1]))
