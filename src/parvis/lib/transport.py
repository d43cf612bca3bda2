"""Why something was not handed over to another system, in the terms that decide what to do next."""

from datetime import timedelta


class TransportError(Exception):
    """The message is the words of the other system. `code` is its reason, "" without one."""

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.code = code


class TransientError(TransportError):
    """It was not taken, for now: it may be sent again without being doubled, after `wait` when they say so."""

    def __init__(self, words: str, code: str = "", wait: timedelta | None = None) -> None:
        super().__init__(words, code)
        self.wait = wait


class PermanentError(TransportError):
    """It is refused for good."""


class DeliveryUncertain(TransportError):
    """It may have been taken: it must not be sent again before looking."""
