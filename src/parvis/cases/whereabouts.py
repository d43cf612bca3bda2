"""What is nearest to a point of the map, in the words of whoever reads it."""

from django.utils.translation import gettext as _

AT_THE_DOOR = 25  # metres


def near_words(metres: int, address: str) -> str:
    """Reads "in front of 2480, chemin Bellevue" or "40 m from 2480, chemin Bellevue", in the language of the moment."""
    if metres <= AT_THE_DOOR:
        return _("in front of %(address)s") % {"address": address}
    return _("%(metres)d m from %(address)s") % {"metres": metres, "address": address}
