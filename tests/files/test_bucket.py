"""Received files in an S3-compatible bucket: over the network, private, with errors that name the bucket."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import boto3
import pytest
from django.conf import settings as django_settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from moto.server import ThreadedMotoServer
from PIL import Image
from pytest_django import Settings

from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.queries import open_file, storage_trouble
from parvis.apps.files.services.attachments import erase_files, keep_photo, keep_photos
from parvis.apps.files.web import respond
from parvis.config.env_urls import received_storage
from parvis.lib.errors import NotFound

pytestmark = pytest.mark.django_db
KEYS = {"PARVIS_FILES_KEY": "key", "PARVIS_FILES_SECRET": "secret"}


def upload(name: str = "trou.jpg") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (900, 600), "grey").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue())


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a local S3 server with one bucket."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    host, port = running.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=address, region_name="ca-central-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    client.create_bucket(Bucket="town", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    yield address
    running.stop()


def use(settings: Settings, address: str, bucket: str = "town") -> None:
    url = f"s3://{bucket}/parvis?endpoint={address}&region=ca-central-1"
    storage = received_storage(url, KEYS)
    settings.STORAGES = django_settings.STORAGES | {"received": storage}


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_photo_goes_there_and_comes_back_through_the_service(settings: Settings, server: str) -> None:
    use(settings, server)
    assert storage_trouble() == ""
    attachment = keep_photo(upload(), by=Actor.citizen())
    whole, small = respond(open_file(attachment.key)), respond(attachment, thumbnail=True)
    assert len(b"".join(whole)) == attachment.size
    with Image.open(BytesIO(b"".join(small))) as picture:
        assert picture.size == (480, 320) == (attachment.thumbnail_width, attachment.thumbnail_height)
    assert whole["Content-Type"] == "image/jpeg" and "sandbox" in whole["Content-Security-Policy"]


def test_it_is_kept_privately(settings: Settings, server: str) -> None:
    use(settings, server)
    attachment = keep_photo(upload(), by=Actor.citizen())
    with pytest.raises(HTTPError) as refusal:
        urlopen(f"{server}/town/parvis/{attachment.stored}")
    assert refusal.value.code == 403


def test_what_is_erased_leaves_the_bucket(settings: Settings, server: str, run_jobs: Callable[[], int]) -> None:
    use(settings, server)
    attachment = keep_photo(upload(), by=Actor.citizen())
    assert all(storages["received"].exists(path) for path in attachment.paths)
    erase_files([attachment])
    run_jobs()
    assert not any(storages["received"].exists(path) for path in attachment.paths)
    attachment.erased_at = None
    with pytest.raises(NotFound):
        respond(attachment)


def test_a_bucket_that_does_not_answer_takes_no_photo_and_says_so(settings: Settings) -> None:
    use(settings, f"http://127.0.0.1:{closed_port()}")
    result = keep_photos([upload("rue.jpg")], by=Actor.citizen())
    assert [refusal.name for refusal in result.refused] == ["rue.jpg"] and not result.photos
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("bucket", ["missing", ""])
def test_the_service_does_not_start_without_its_bucket(tmp_path: Path, server: str, bucket: str) -> None:
    address = server if bucket else f"http://127.0.0.1:{closed_port()}"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PARVIS_", "DJANGO_"))}
    url = f"s3://{bucket or 'town'}?endpoint={address}&region=ca-central-1"
    env |= KEYS | {"PARVIS_DEMO": "1", "PARVIS_DATA": str(tmp_path), "PARVIS_FILES_URL": url}
    env["DATABASE_URL"] = f"sqlite:///{tmp_path / 'parvis.sqlite3'}"
    command = [sys.executable, "-m", "parvis.cli.main", "web"]
    ran = subprocess.run(command, check=False, env=env, capture_output=True, text=True)
    assert ran.returncode == 1
    assert "PARVIS_FILES_URL" in ran.stderr and address in ran.stderr
    assert "Traceback" not in ran.stderr
