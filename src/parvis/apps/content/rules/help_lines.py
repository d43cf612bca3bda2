"""Emergency and help lines open at any hour, all over Québec. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class HelpLine:
    """A number to dial, the form to read aloud, its purpose in both languages, and the source with its date."""

    number: str
    shown: str
    fr: str
    en: str
    source: str


EMERGENCY = HelpLine(
    "911",
    "911",
    "Danger immédiat : la vie de quelqu’un est en jeu",
    "Immediate danger: a life is at stake",
    "energir.com, emergency page; Hydro-Québec, quoted by Noovo, April 2023",
)
SUICIDE = HelpLine(
    "+18662773553",
    "1 866 APPELLE (277-3553)",
    "Prévention du suicide, jour et nuit, pour soi ou pour un proche",
    "Suicide prevention, day and night, for oneself or for someone close",
    "lavalensante.com; valleedurichelieuexpress.ca, September 2024",
)
POISON = HelpLine(
    "+18004635060",
    "1 800 463-5060",
    "Le 911 d’abord pour qui est inconscient, convulse ou respire mal. Sinon, Centre antipoison, jour et nuit",
    "911 first for someone unconscious, convulsing or short of breath. Otherwise poison control, day and night",
    "ciusss-capitalenationale.gouv.qc.ca; lelezard.com, March 2023",
)
HELP_LINES = (EMERGENCY, SUICIDE)
_NAMED = {"suicide": SUICIDE, "poison": POISON}


def named(names: Iterable[str]) -> tuple[HelpLine, ...]:
    """The lines of these names, in order; raises KeyError for an unknown name."""
    return tuple(_NAMED[name] for name in names)
