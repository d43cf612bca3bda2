"""Emergency and help lines open at any hour, all over Québec. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from parvis.lib.i18n.languages import Lang


@dataclass(frozen=True)
class HelpLine:
    """A number to dial, the form to read aloud, its purpose in both languages, and the source with its date.

    `after_911`: it is called once 911 was; another one may be called instead when no life is at stake at once.
    """

    number: str
    shown: str
    fr: str
    en: str
    source: str
    after_911: bool = False


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
GAS = HelpLine(
    "+18003618003",
    "1 800 361-8003",
    "Une fois dehors, et le 911 prévenu : urgence gaz d’Énergir, jour et nuit",
    "Once outside, and after 911: Énergir, gas emergencies, day and night",
    "energir.com, emergency page",
    after_911=True,
)
HELP_LINES = (EMERGENCY, SUICIDE)
_NAMED = {"suicide": SUICIDE, "poison": POISON, "gas": GAS}
FIRST: dict[str, dict[Lang, str]] = {  # what to do before anything else: energir.com, emergency page
    "go_out": {
        "fr": "Sortez tout de suite. Ne touchez ni interrupteur ni flamme. Une fois dehors, composez le 911.",
        "en": "Go outside right now. Touch no switch and no flame. Once outside, call 911.",
    }
}


def named(names: Iterable[str]) -> tuple[HelpLine, ...]:
    """The lines of these names, in order; raises KeyError for an unknown name."""
    return tuple(_NAMED[name] for name in names)


def names_of(lines: Iterable[HelpLine]) -> list[str]:
    """The names of these lines, which `named` takes, in order; a line without a name is left out."""
    names = {line.number: name for name, line in _NAMED.items()}
    return [names[line.number] for line in lines if line.number in names]
