"""The stand-in for payments, as the provider of the settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_django import Settings

from parvis.operations.fake_services.payments import PaymentProvider
from parvis.operations.fake_services.payments_http import running

PATH = "/paiements/stripe/evenements"


@contextmanager
def at_standin(settings: Settings, site: str) -> Iterator[PaymentProvider]:
    """The provider of the settings for the block; its webhooks come to this site."""
    settings.PARVIS_PAYMENTS = "stripe"
    with running(PaymentProvider(hook=f"{site}{PATH}")) as provider:
        settings.PARVIS_STRIPE = settings.PARVIS_STRIPE | {"base": f"http://127.0.0.1:{provider.port}"}
        yield provider
