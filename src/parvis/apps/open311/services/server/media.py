"""Fetches the picture that a program gave by its address, without letting it reach what is not public."""

import io
import logging
import time
from urllib.parse import urljoin, urlsplit

import urllib3
from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from parvis.apps.cases.services.citizen import citizen
from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import Actor
from parvis.apps.files.services.attachments import MAX_BYTES, keep_photo
from parvis.apps.open311.models import Submission
from parvis.lib.errors import Refused
from parvis.lib.outbound import Unreachable, call, target

SECONDS = 20.0  # in all, for one picture
MOST_REDIRECTS = 3
CHUNK = 65_536

logger = logging.getLogger(__name__)


class Unfetched(Exception):
    """The picture cannot be fetched; the message says why, for the log and the submission."""


def fetch_media(*, submission_id: int, url: str) -> bool:
    """Fetches the picture of a submission and adds it to its case, as sent by its program; False when it cannot.

    Idempotent. A failure is recorded and loses nothing: the URL is in the words of the case. Network and decoding are
    outside the transaction.
    """
    waiting = Submission.objects.filter(pk=submission_id, media=Submission.Media.WAITING)
    submission = waiting.select_related("api_key", "case").first()
    if submission is None:
        return False
    by = Actor.program(submission.api_key.name)
    try:
        photo = keep_photo(File(io.BytesIO(fetch(url)), name=urlsplit(url).path.rpartition("/")[2]), by=by)
        with transaction.atomic():
            if not waiting.update(media=Submission.Media.KEPT):
                return False
            citizen.reply(case_id=submission.case_id, words="", by=by, channel=Channel.OPEN311, photos=[photo])
    except (Unfetched, Refused) as error:
        logger.warning("the picture of request %s was not kept: %s", submission.case.reference, error)
        waiting.update(media=Submission.Media.FAILED, media_error=str(error)[:200])
        return False
    return True


def fetch(url: str) -> bytes:
    """The bytes behind a URL, MAX_BYTES at most, in SECONDS; Unfetched otherwise, or when a host is not public."""
    until = time.monotonic() + SECONDS
    for _redirect in range(MOST_REDIRECTS + 1):
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            where = target(url, trusted=settings.PARVIS_MEDIA_TRUSTED_HOSTS)
            with call(where, "GET", headers={"Accept": "image/*"}, seconds=left) as response:
                location = response.headers.get("Location", "")
                if response.status in (301, 302, 303, 307, 308) and location:
                    url = urljoin(url, location)
                    continue
                if response.status != 200:  # noqa: PLR2004
                    raise Unfetched(f"the server answers {response.status}")
                content = _read(response)
        except Unreachable as error:
            raise Unfetched(str(error)) from error
        return content
    raise Unfetched(f"more than {MOST_REDIRECTS} redirections, or too slow ones")


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    content = bytearray()
    for chunk in response.stream(CHUNK, decode_content=False):
        content += chunk
        if len(content) > MAX_BYTES:
            raise Unfetched("the picture is larger than 12 MB")
    return bytes(content)
