import pytest

from parvis.apps.matching.rules.lexicon import Lexicon

LEXICON = Lexicon(["cabanon", "cabane", "auto", "abri", "cloture", "pin", "2026"])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("cabannon", ["cabanon"]),
        ("cabanom", ["cabanon"]),
        ("cabnaon", ["cabanon"]),
        ("cabano", ["cabane", "cabanon"]),
        ("cabanne", ["cabane"]),
        ("dauto", ["auto"]),
        ("labri", ["abri"]),
        ("cabanon", []),
        ("cbnnon", []),
        ("pan", []),
        ("2025", []),
        ("", []),
    ],
)
def test_one_slip_is_forgiven_in_words_long_enough(typed: str, expected: list[str]) -> None:
    assert LEXICON.near(typed) == expected


def test_beginnings_are_found_in_order() -> None:
    assert LEXICON.starting_with("cab") == ["cabane", "cabanon"]
    assert LEXICON.starting_with("cab", limit=1) == ["cabane"]
    assert LEXICON.starting_with("z") == []
    assert "auto" in LEXICON
    assert "autos" not in LEXICON


@pytest.mark.parametrize("words", [["cabanon", "auto", "automne", "zinc", "abris"], [], ["cabane", "2026", "toit"]])
def test_a_lexicon_made_from_another_finds_what_a_new_one_finds(words: list[str]) -> None:
    grown, new = Lexicon(words, LEXICON), Lexicon(words)
    for typed in ("cabannon", "cabano", "labri", "autonme", "zin", "toits", "pin", "clotures"):
        assert grown.near(typed) == new.near(typed)
        assert grown.starting_with(typed[:2]) == new.starting_with(typed[:2])
    assert grown.holds_just(set(words))
