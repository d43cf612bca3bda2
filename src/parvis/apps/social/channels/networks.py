"""Which class carries which network."""

from collections.abc import Callable

from parvis.apps.social.channels.base import Network
from parvis.apps.social.channels.facebook.network import Facebook
from parvis.apps.social.channels.mastodon.network import Mastodon
from parvis.apps.social.models import Account

NETWORKS: dict[str, Callable[[Account], Network]] = {
    Account.Network.FACEBOOK: Facebook,
    Account.Network.MASTODON: Mastodon,
}


def network_of(account: Account) -> Network:
    """The account, ready to be used on its network."""
    return NETWORKS[account.network](account)
