"""The provider in use."""

from collections.abc import Callable

from django.conf import settings

from parvis.apps.billing.channels.base import PaymentProvider
from parvis.apps.billing.channels.stripe import stripe_provider
from parvis.lib.transport import TransientError

PROVIDERS: dict[str, Callable[[], PaymentProvider]] = {"stripe": stripe_provider}
"""How each is made, by its name in PARVIS_PAYMENTS."""


def provider(name: str = "") -> PaymentProvider:
    """The provider of that name, else that of the settings. TransientError when none is set, or no longer."""
    make = PROVIDERS.get(name or settings.PARVIS_PAYMENTS)
    if make is None:
        raise TransientError("no provider of payments is set (PARVIS_PAYMENTS)")
    return make()
