"""The number of a request typed instead of a question: it leads to the page where one follows it, with its code."""

import re

from django.urls import reverse
from django.utils.http import urlencode

from parvis.lib import clock
from parvis.lib.ids import meant_reference
from parvis.lib.words import fold

REFERENCE = "reference"
"""In the address of the page where one follows a request: its number, filled in."""
_BEFORE = re.compile(
    r"(?:(?:ou|en|est|suivre|suivi|ma|la|mon|le|de|du|my|the|of|where|is|follow|track|requete|demande|dossier|request|case"
    r"|file|reference|ref|numero|number|no|n)\b[\s.:°#]*)*"
)
_LONGEST = 120


def reference_in(question: str) -> str:
    """The number of a request that is all the question ("ma requête 26-0417-K"), as it is printed; "" otherwise.

    Nothing is looked for: a number that nobody was given reads as any other.
    """
    plain = fold(question.strip()[:_LONGEST])
    return meant_reference(_BEFORE.sub("", plain, count=1), clock.today().year)


def follow_url(reference: str) -> str:
    """The page that follows a request, with its number filled in, which asks for its code."""
    return f"{reverse('public:track')}?{urlencode({REFERENCE: reference})}"
