"""Answers to requests for a part of a file (HTTP Range, RFC 9110 section 14)."""

import re
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import http_date

MOST_BYTES = 8 << 20  # of one answer: a longer part is cut, which the standard allows
UNSATISFIABLE = 416
_ONE_PART = re.compile(r"bytes=(\d*)-(\d*)")


def file_version(path: Path) -> str:
    """A strong ETag, quoted, that changes with the size or the moment of the file; FileNotFoundError without it."""
    found = path.stat()
    return f'"{found.st_size:x}-{found.st_mtime_ns:x}"'


def wanted_part(header: str, size: int) -> tuple[int, int] | None:
    """The first and last byte that a Range header asks of `size` bytes, None when all of them are to be given.

    A header of several parts, or in another unit, is ignored. ValueError when the file does not hold the part.
    """
    match = _ONE_PART.fullmatch(header.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
        held = int(last) > 0 and size > 0
    else:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
        held = start < size and (not last or int(last) >= start)
    if not held:
        raise ValueError(header)
    return start, min(end, start + MOST_BYTES - 1)


def answer_with_file(request: HttpRequest, path: Path, content_type: str) -> HttpResponseBase:
    """The file, or the part of it that the request asks, with its version: 200, 206 or 416."""
    version, size = file_version(path), path.stat().st_size
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", version) != version:
        asked = ""
    response: HttpResponseBase
    try:
        part = wanted_part(asked, size)
    except ValueError:
        response = HttpResponse(status=UNSATISFIABLE, headers={"Content-Range": f"bytes */{size}"})
    else:
        if part is None:
            response = FileResponse(path.open("rb"), content_type=content_type)
        else:
            with path.open("rb") as file:
                file.seek(part[0])
                body = file.read(part[1] - part[0] + 1)
            response = HttpResponse(body, status=206, content_type=content_type)
            response["Content-Range"] = f"bytes {part[0]}-{part[1]}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = version
    response["Last-Modified"] = http_date(path.stat().st_mtime)
    return response
