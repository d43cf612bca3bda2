"""Why a text was not handed over, in the terms that decide what to do next."""

from parvis.lib.twilio import NotTaken, PerhapsTaken, Rejected

__all__ = ["NotTaken", "OptedOut", "PerhapsTaken", "Rejected"]


class OptedOut(Rejected):
    """The provider refuses it because the number asked for no more texts."""
