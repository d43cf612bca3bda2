"""Why a network did not do what was asked, in the terms that decide what to do next."""

from datetime import timedelta


class Failure(Exception):
    """The message is the network's words, `code` a key of `queries.words.explain`."""

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.code = code


class NotTaken(Failure):
    """Nothing was done, for now: it may be asked again without doubling anything."""


class PerhapsTaken(Failure):
    """It may have been done: it must not be asked again before looking."""


class Wait(Failure):
    """Nothing was done: the network asks this account to wait."""

    def __init__(self, words: str, code: str, wait: timedelta) -> None:
        super().__init__(words, code)
        self.wait = wait


class TokenDead(Failure):
    """The network no longer accepts the token: nothing can be done with this account."""


class Rejected(Failure):
    """What is published is refused for good, and must be corrected."""


class Forbidden(Failure):
    """The account may not do this, whatever is published."""


class Gone(Failure):
    """What it is about is no longer on the network."""
