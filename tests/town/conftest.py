"""Fixtures of a modifiable town folder."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CARIGNAN = ROOT / "towns" / "carignan"
VILLAGE = ROOT / "tests" / "towns" / "val-des-aulnes"

Change = Callable[[str, str, str], None]


@pytest.fixture
def village(tmp_path: Path) -> Path:
    """A copy of the small town's folder."""
    return Path(shutil.copytree(VILLAGE, tmp_path / "village"))


@pytest.fixture
def change(village: Path) -> Change:
    """change(file, old, new): rewrites the first `old` of a file of the copy."""

    def rewrite(file: str, old: str, new: str) -> None:
        path = village / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} does not hold {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return rewrite
