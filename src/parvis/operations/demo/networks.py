"""The page of the demonstration, on the stand-in for Facebook (`parvis standin facebook`)."""

from parvis.apps.social.models import Account
from parvis.apps.social.services import accounts
from parvis.operations.fake_services.names import PAGE, PAGE_NAME, PAGE_TOKEN


def connect_example() -> None:
    """Connects the example page, unless the demonstration has had an account before."""
    if not Account.objects.exists():
        accounts.connect_account(
            network=Account.Network.FACEBOOK, name=PAGE_NAME, page_id=PAGE, token=PAGE_TOKEN, check=False
        )


def retire_example() -> None:
    """Disconnects the example page: outside the demonstration, its token opens nothing."""
    for account in Account.objects.filter(token=PAGE_TOKEN):
        accounts.disconnect(account_id=account.pk)
