"""Background work on cases."""

from parvis.cases import heads


def sign_heads() -> None:
    """Signs the heads of all chains, once a day; see `heads`."""
    heads.sign()
