"""What the words of a message say: thanks and nothing else, private links."""

import re
import unicodedata

LONGEST = 160  # characters; a longer message says something else
_THANKS = re.compile(r"\b(?:merci|thanks?|thank you|thx|grand merci|beau travail|well done|great (?:job|work))\b")
_NOT_ALL = re.compile(
    r"\b(?:mais|but|encore|still|toujours|again|pas|not|pourquoi|why|quand|when|svp|please|however|cependant)\b|\?"
)
_LINK = re.compile(r"<?https?://[^\s<>]*/(?:suivi|mes-demandes|historique)/[^\s<>]{8,}>?")


def only_thanks(words: str) -> bool:
    """Whether a short message thanks and asks for nothing more."""
    plain = unicodedata.normalize("NFKD", words.lower()).encode("ascii", "ignore").decode()
    return len(plain) <= LONGEST and bool(_THANKS.search(plain)) and not _NOT_ALL.search(plain)


def without_private_links(words: str) -> str:
    """The words, with "[…]" where a private link was: whoever has one opens the request."""
    return _LINK.sub("[…]", words)
