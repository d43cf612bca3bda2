"""Where someone in distress finds help at any hour, all over Québec. Pure."""

from dataclasses import dataclass

from parvis.lib.words import says


@dataclass(frozen=True)
class HelpLine:
    """A number to dial, as it is said aloud, and what it is for in both languages."""

    number: str
    shown: str
    fr: str
    en: str


HELP_LINES = (
    HelpLine("911", "911", "Danger immédiat : la vie de quelqu’un est en jeu", "Immediate danger: a life is at stake"),
    HelpLine(
        "+18662773553",
        "1 866 APPELLE (277-3553)",
        "Prévention du suicide, jour et nuit, pour soi ou pour un proche",
        "Suicide prevention, day and night, for oneself or for someone close",
    ),
)
DISTRESS = (
    *("je veux mourir", "envie de mourir", "me suicider", "se suicider"),
    *("en finir avec la vie", "mettre fin à mes jours", "plus envie de vivre", "je veux en finir"),
    *("want to die", "kill myself", "end my life", "end it all"),
)
BESIDE = ("suicide", "me tuer", "se tuer", "kill himself", "kill herself", "suicidal")  # said of dangerous streets too


def tells_distress(text: str) -> bool:
    """Whether these words are those of someone in distress, whatever else they are about."""
    return bool(says(text, DISTRESS))


def for_words(text: str) -> tuple[HelpLine, ...]:
    """The lines to give, beside 911, to whoever is told of a danger and writes or says words of distress."""
    return HELP_LINES[1:] if says(text, (*DISTRESS, *BESIDE)) else ()
