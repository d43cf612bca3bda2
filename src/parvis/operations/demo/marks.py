"""How invented requests and people are told from real ones, and the page of the demonstration, on the stand-in for
Facebook (`parvis standin facebook`).
"""

from parvis.apps.cases.models import Case
from parvis.apps.social.models import Account
from parvis.apps.social.services import accounts
from parvis.operations.fake_services.names import PAGE, PAGE_NAME, PAGE_TOKEN

MARK = "seed:"  # the keys of invented requests and contacts begin with it
NOTE = "Personne fictive, créée pour la démonstration."


def examples_left() -> bool:
    """Whether any invented request is in the database."""
    return Case.objects.filter(key__gte=MARK, key__lt=MARK[:-1] + ";").exists()


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
