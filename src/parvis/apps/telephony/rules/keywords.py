"""The words by which a number refuses texts, and those by which it accepts them again."""

import re
import unicodedata

STOP, START = "stop", "start"
# Twilio itself stops sending after the English ones, and after those that the town declared there.
_STOP = {
    *("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"),
    *("arret", "arreter", "arretez", "desabonner", "desabonnement", "desinscrire"),
}
_START = {"start", "unstop", "debut", "reprendre"}


def keyword(words: str) -> str:
    """STOP, START, or "" for a text that says anything else; the keyword must be the whole text."""
    plain = unicodedata.normalize("NFKD", words.casefold()).encode("ascii", "ignore").decode()
    said = re.sub(r"[^a-z]+", "", plain)
    if said in _STOP:
        return STOP
    return START if said in _START else ""
