"""The disk cache: atomic writes, rebuilds of unreadable files, deletion of the oldest."""

import os
import resource
from pathlib import Path

import numpy as np
import pytest

from parvis.apps.matching.queries import targets
from parvis.apps.matching.rules import disk_cache
from parvis.apps.matching.rules.encoder import named
from parvis.apps.matching.rules.engine import Index, Target

TARGETS = [
    Target("bac", "answer", (("fr", "quand passe le bac brun", 1.0), ("fr", "la fiche du bac", 0.6))),
    Target("trou", "route", (("fr", "gros trou dans la rue", 1.0),)),
]


@pytest.mark.parametrize("setting", ["none", "use"])
def test_an_index_read_again_answers_as_before(tmp_path: Path, setting: str) -> None:
    encoder = named(setting)
    index = Index(TARGETS, encoder=encoder)
    disk_cache.store(tmp_path / "a.index", index, most=2)
    recalled = disk_cache.load(tmp_path / "a.index")
    recalled.set_encoder(encoder)
    for text in ("le bac brun", "un trou", "rue", "xyz"):
        assert recalled.search(text) == index.search(text)
    assert recalled.nearest("trou de rue", "trou") == index.nearest("trou de rue", "trou")
    assert recalled.built_from(TARGETS, {}, encoder)


def test_what_cannot_be_read_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "a.index"
    assert disk_cache.load(path) is None
    path.write_bytes(b"not an index")
    assert disk_cache.load(path) is None
    assert not path.exists()


def test_a_file_cut_short_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "a.index"
    disk_cache.store(path, {"few": np.arange(3), "many": np.ones(5000)}, most=2)
    assert disk_cache.load(path)["many"].sum() == 5000
    os.truncate(path, path.stat().st_size - 100)
    assert disk_cache.load(path) is None
    assert not path.exists()


def test_a_full_disk_keeps_no_half(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        disk_cache.store(tmp_path / "a.index", np.ones(5000), most=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_is_shared_cannot_be_written_to(tmp_path: Path) -> None:
    path = tmp_path / "a.index"
    disk_cache.store(path, np.zeros(5000), most=2)
    mine = disk_cache.load(path)
    with pytest.raises(ValueError, match="read-only"):
        mine += 1


def test_what_has_no_table_is_kept_too(tmp_path: Path) -> None:
    disk_cache.store(tmp_path / "a.index", {"few": [], "none": np.zeros(0)}, most=2)
    assert disk_cache.load(tmp_path / "a.index")["none"].size == 0


def test_only_the_latest_stay(tmp_path: Path) -> None:
    for rank in range(4):
        disk_cache.store(tmp_path / f"{rank}.index", rank, most=2)
        os.utime(tmp_path / f"{rank}.index", (rank, rank))
    disk_cache.store(tmp_path / "model.encoder", "m", most=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.index", "3.index", "model.encoder"]


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    disk_cache.store(tmp_path / "file" / "a.index", 1, most=2)
    assert disk_cache.load(tmp_path / "file2" / "a.index") is None


def test_the_name_tells_all_that_an_index_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    assert targets.fingerprint(TARGETS, {}, None) == ""
    many = [Target("x", "answer", tuple(("fr", f"texte {n}", 1.0) for n in range(2000)))]
    names = {
        targets.fingerprint(many, {}, None),
        targets.fingerprint(many, {"fr": {"a": "b"}, "en": {}}, None),
        targets.fingerprint(many, {}, named("use")),
        targets.fingerprint([*many, TARGETS[0]], {}, None),
    }
    assert len(names) == 4 and "" not in names
