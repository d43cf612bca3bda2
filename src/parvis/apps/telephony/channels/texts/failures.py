"""Why a text was not handed over, beside what `lib.transport` says."""

from parvis.lib.transport import PermanentError


class OptedOut(PermanentError):
    """The provider refuses it because the number asked for no more texts."""
