"""Why a text was not handed over, in the terms that decide what to do next."""


class NotTaken(Exception):
    """The provider did not take the text, for now: it may be sent again without doubling it."""


class PerhapsTaken(Exception):
    """The provider may have taken the text: it must not be sent again before looking."""


class Rejected(Exception):
    """The provider refuses this text for good; the message says why."""


class OptedOut(Rejected):
    """The provider refuses it because the number asked for no more texts."""
