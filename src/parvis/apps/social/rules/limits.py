"""How much a text may hold on each network."""

from typing import NamedTuple


class Limits(NamedTuple):
    """The most characters of a post, of an answer to a comment and of an answer to a private message; 0: none there."""

    post: int
    comment: int
    message: int


LIMITS = {
    "facebook": Limits(post=63_206, comment=8_000, message=2_000),
    "mastodon": Limits(post=500, comment=500, message=500),
}
URL_LENGTH = 23  # Mastodon counts any address so


def most(network: str, kind: str = "post") -> int:
    """The most characters of a "post", of an answer to a "comment" or to a "message" on a network."""
    return int(getattr(LIMITS[network], kind))


def count(network: str, text: str, link: str = "") -> int:
    """The characters of a post as the network counts them, with the link where it stands in the text."""
    words = len(text)
    if network == "mastodon":
        words = sum(URL_LENGTH if _is_url(word) else len(word) for word in _pieces(text))
        return words + (URL_LENGTH + 1 if link else 0)
    return words


def _pieces(text: str) -> list[str]:
    """The words of a text and the blanks between them."""
    pieces: list[str] = []
    for character in text:
        if pieces and character.isspace() == pieces[-1][-1].isspace():
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _is_url(word: str) -> bool:
    return word.startswith(("https://", "http://"))
