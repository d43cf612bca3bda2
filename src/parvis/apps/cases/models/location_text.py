"""Descriptions of a point on the map, in the active language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

AT_THE_DOOR = 25  # metres
IN_SIGHT = 150  # metres: beyond, a distance helps nobody
# The text stored for a point without any address nearby; translated on display.
ON_THE_MAP = gettext_noop("a point shown on the map")


def near_words(metres: int, address: str) -> str:
    """Returns "in front of 2480, chemin Bellevue", "40 m from" it or, beyond IN_SIGHT, "near" it, in the active
    language.
    """
    if metres <= AT_THE_DOOR:
        return _("in front of %(address)s") % {"address": address}
    if metres > IN_SIGHT:
        return _("near %(address)s") % {"address": address}
    return _("%(metres)d m from %(address)s") % {"metres": metres, "address": address}


def place_words(metres: int | None, text: str) -> str:
    """A place without a civic address: its own words, or those of a point `metres` away from the address `text`."""
    if metres is not None:
        return near_words(metres, text)
    return _(ON_THE_MAP) if text == ON_THE_MAP else text
