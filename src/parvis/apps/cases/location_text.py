"""What is nearest to a point of the map, in the words of whoever reads it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

AT_THE_DOOR = 25  # metres
# The place of a point that nothing names: kept so, and said to each reader in their language.
ON_THE_MAP = gettext_noop("a point shown on the map")


def near_words(metres: int, address: str) -> str:
    """Reads "in front of 2480, chemin Bellevue" or "40 m from 2480, chemin Bellevue", in the language of the moment."""
    if metres <= AT_THE_DOOR:
        return _("in front of %(address)s") % {"address": address}
    return _("%(metres)d m from %(address)s") % {"metres": metres, "address": address}


def place_words(metres: int | None, text: str) -> str:
    """A place that has no civic address: what was said of it, or what is near the point (`metres` from `text`)."""
    if metres is not None:
        return near_words(metres, text)
    return _(ON_THE_MAP) if text == ON_THE_MAP else text
