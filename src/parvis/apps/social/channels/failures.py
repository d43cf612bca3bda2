"""Why a network did not do what was asked, where `lib.transport` is not fine enough. Their codes, and those of its own
errors, are keys of `queries.words.explain`.
"""

from parvis.lib.transport import PermanentError, TransientError


class Wait(TransientError):
    """Nothing was done: the network asks this account to wait."""


class TokenDead(PermanentError):
    """The network no longer accepts the token: nothing can be done with this account."""


class Forbidden(PermanentError):
    """The account may not do this, whatever is published."""


class Gone(PermanentError):
    """What it is about is no longer on the network."""
