"""What is counted when staff sign in, and how far: see ADR 0054."""

from django.http import HttpRequest

from parvis.apps.throttling.services import Limit, count_attempt, forget_attempts, is_spent
from parvis.lib.limits import client_address, client_network

A_MINUTE, FIVE_MINUTES, AN_HOUR, NINETY_DAYS = 60, 300, 3600, 90 * 86_400  # seconds
WRONG = 5  # passwords, of one client for one account, in five minutes
WRONG_CLIENT, WRONG_NETWORK = 10, 60  # passwords, of one client and of one network, in a minute
WRONG_ACCOUNT = 100  # passwords, of all the clients from which that account never signed in, in an hour
WRONG_CODES = 5  # codes of one account, in five minutes: asked only once the password was right
LETTERS, LETTERS_CLIENT = 3, 10  # links to choose a password, to one address and from one client, in a minute


def password_limits(request: HttpRequest, name: str) -> tuple[Limit, ...]:
    """Those of a wrong password for that account, by its name or its address.

    Where the account signed in before, what others try elsewhere does not count.
    """
    client = client_address(request)
    limits = (
        Limit("password", f"{_same(name)} {client}", WRONG, FIVE_MINUTES),
        Limit("password-client", client, WRONG_CLIENT, A_MINUTE),
        Limit("password-network", client_network(request), WRONG_NETWORK, A_MINUTE),
    )
    everywhere = Limit("password-account", _same(name), WRONG_ACCOUNT, AN_HOUR)
    return limits if is_spent(_signed_in(request, name)) else (*limits, everywhere)


def code_limit(user_id: int) -> Limit:
    """That of a wrong code of the second factor."""
    return Limit("factor", str(user_id), WRONG_CODES, FIVE_MINUTES)


def present_password_limit(user_id: int) -> Limit:
    """That of a wrong present password, when a new one is chosen."""
    return Limit("present-password", str(user_id), WRONG, FIVE_MINUTES)


def letter_limits(request: HttpRequest, email: str) -> tuple[Limit, ...]:
    """Those of a letter with a link to choose a password."""
    return (
        Limit("password-letter", _same(email), LETTERS, A_MINUTE),
        Limit("password-letter-client", client_address(request), LETTERS_CLIENT, A_MINUTE),
    )


def remember_place(request: HttpRequest, name: str) -> None:
    """Remembers for ninety days that this account signed in from there."""
    place = _signed_in(request, name)
    forget_attempts(place)
    count_attempt(place)


def forgive(request: HttpRequest, *names: str) -> None:
    """Forgets the wrong passwords of an account for which a new one was just chosen there."""
    for name in filter(None, names):
        own, _client, _network, *everywhere = password_limits(request, name)
        forget_attempts(own, *everywhere)


def _signed_in(request: HttpRequest, name: str) -> Limit:
    return Limit("signed-in", f"{_same(name)} {client_address(request)}", 1, NINETY_DAYS)


def _same(name: str) -> str:
    return name.strip().casefold()
