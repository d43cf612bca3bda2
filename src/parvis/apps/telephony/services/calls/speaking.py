"""What every call says besides its own words, in the active language."""

from django.utils.translation import gettext as _
from django.utils.translation import override


def keys() -> str:
    """How to confirm, to hear again, to leave: the last words of a message."""
    return _("Press 1 to confirm that you have heard. Press 2 to hear it again. Press 9 to receive no more calls.")


def message_of(words: str, language: str) -> str:
    """What a call says, without the keys."""
    with override(language):
        return words.removesuffix(keys())


def confirmed() -> str:
    """What follows key 1."""
    return _("Thank you. Goodbye.")


def left() -> str:
    """What follows key 9."""
    return _("It is noted: we will not call this number any more. Goodbye.")
