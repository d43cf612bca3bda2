"""Background jobs of residents."""

from parvis.apps.residents.services import accounts


def forget_codes() -> None:
    """Runs `accounts.forget_codes`; scheduled."""
    accounts.forget_codes()
