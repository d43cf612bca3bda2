"""HTTP to the networks: bounded in time and size, to public hosts only, and clear on whether something was sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.files.storage import storages
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from parvis.apps.files.models import Attachment
from parvis.lib.json_text import MalformedJson, read_json
from parvis.lib.outbound import Unreachable, call, target
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError

SECONDS = 10.0  # of one call, from the connection to the last byte
LARGEST = 2_000_000
READS = ("GET",)
AGENT = "Parvis-Social/1"


@dataclass(frozen=True)
class Answer:
    """What a network answered; `values` is its JSON object, {} for anything else."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Any, ...] = ()  # when the JSON is a list

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004


def ask(
    method: str,
    url: str,
    *,
    token: str,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    upload: RequestField | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The answer of a network. The token goes in a header, so that no address holds it.

    Raises TransientError when nothing was sent, or for something that was only read; DeliveryUncertain when there is
    no answer.
    """
    body, content_type = _body(form or {}, upload) if method not in READS else (None, "")
    sent = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": AGENT, **(headers or {})}
    if body is not None:
        sent["Content-Type"] = content_type
    try:
        where = target(f"{url}?{urlencode(query)}" if query else url, trusted=settings.PARVIS_SOCIAL_TRUSTED_HOSTS)
    except Unreachable as error:
        raise TransientError(str(error), "silent") from error
    try:
        with call(where, method, headers=sent, body=body, seconds=SECONDS) as response:
            status, names = response.status, {name.lower(): value for name, value in response.headers.items()}
            raw = response.read(LARGEST)
    except Unreachable as error:
        if method in READS or isinstance(error.__cause__, (NewConnectionError, ConnectTimeoutError)):
            raise TransientError(str(error), "silent") from error
        raise DeliveryUncertain(str(error), "doubt") from error
    return _answer(status, names, raw)


def _answer(status: int, headers: Mapping[str, str], raw: bytes) -> Answer:
    try:
        value = read_json(raw, tidied=True)
    except MalformedJson:
        value = None
    if isinstance(value, list):
        return Answer(status, headers, rows=tuple(value))
    return Answer(status, headers, value if isinstance(value, dict) else {})


def _body(form: Mapping[str, str], upload: RequestField | None) -> tuple[bytes, str]:
    if upload is None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    return encode_multipart_formdata([*form.items(), upload])


def picture(image: Attachment, field: str) -> RequestField:
    """A field of a form that holds a stored picture. Raises PermanentError when it is no picture, or was erased."""
    if not image.is_served or not image.is_picture:
        raise PermanentError("the picture cannot be sent", "picture")
    with storages["received"].open(image.served) as stream:
        data = stream.read()
    extension = image.content_type.rpartition("/")[2][:8]
    return RequestField.from_tuples(field, (f"image.{extension}", data, image.content_type))
