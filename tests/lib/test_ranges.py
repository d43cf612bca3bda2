"""Parts of files asked by the browser (HTTP Range)."""

from pathlib import Path

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from parvis.lib.ranges import answer_with_file, file_version, wanted_part


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-9", (0, 9)),
        ("bytes=90-", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=95-2000", (95, 99)),
        ("bytes=-2000", (0, 99)),
        ("", None),
        ("bytes=-", None),
        ("bytes=0-1,4-5", None),
        ("metres=0-9", None),
    ],
)
def test_a_header_asks_a_part(header: str, part: tuple[int, int] | None) -> None:
    assert wanted_part(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=9-3", "bytes=-0"])
def test_a_part_that_the_file_does_not_hold_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        wanted_part(header, 100)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_part_is_always_inside_the_file(first: int, last: int, size: int) -> None:
    try:
        part = wanted_part(f"bytes={first}-{last}", size)
    except ValueError:
        return
    assert part and first == part[0] <= part[1] < size


def test_a_file_is_given_whole_or_in_parts_with_its_version(tmp_path: Path, rf: RequestFactory) -> None:
    path = tmp_path / "town.bin"
    path.write_bytes(bytes(range(100)))
    whole = answer_with_file(rf.get("/"), path, "application/x-test")
    assert whole.status_code == 200 and whole["Accept-Ranges"] == "bytes" and whole["ETag"] == file_version(path)
    part = answer_with_file(rf.get("/", headers={"Range": "bytes=10-19"}), path, "application/x-test")
    assert part.status_code == 206 and part["Content-Range"] == "bytes 10-19/100"
    assert part.content == bytes(range(10, 20))  # type: ignore[attr-defined]
    beyond = answer_with_file(rf.get("/", headers={"Range": "bytes=200-"}), path, "application/x-test")
    assert beyond.status_code == 416 and beyond["Content-Range"] == "bytes */100"


def test_a_part_of_another_version_is_given_whole(tmp_path: Path, rf: RequestFactory) -> None:
    path = tmp_path / "town.bin"
    path.write_bytes(b"0123456789")
    headers = {"Range": "bytes=0-1", "If-Range": '"of yesterday"'}
    assert answer_with_file(rf.get("/", headers=headers), path, "application/x-test").status_code == 200
