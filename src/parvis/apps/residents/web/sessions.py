"""The account signed in to a browser, beside the staff's own session data, which it never touches.

The session is read only when the browser has its cookie, so that public pages stay free of it.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.dateparse import parse_datetime

from parvis.apps.residents.models import Account, ProofCode
from parvis.apps.residents.queries.accounts import account_by_id, proof_by_uid
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email, clean_phone
from parvis.apps.residents.services.accounts import TRIES
from parvis.lib.clock import now

_KEY, _CODES, _SINCE = "account", "account-codes", "account-since"
REMEMBERED_FOR = 30 * 86_400  # seconds
LATELY = timedelta(hours=1)


def account_of(request: HttpRequest) -> Account | None:
    """The account signed in to this browser; None without one, or after "sign out everywhere". Read once a request."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    if not hasattr(request, "resident_account"):
        stored: Any = request.session.get(_KEY)
        account = account_by_id(*stored) if isinstance(stored, list) and len(stored) == 2 else None  # noqa: PLR2004
        request.resident_account = account  # type: ignore[attr-defined]
    found: Account | None = request.resident_account  # type: ignore[attr-defined]
    return found


def account_key(request: HttpRequest) -> tuple[int, int] | None:
    """The account that the session names, and the epoch that it must still have: for a query that checks both.

    None without one. For the few pages that cannot afford `account_of`.
    """
    stored: Any = request.session.get(_KEY) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    return (stored[0], stored[1]) if isinstance(stored, list) and len(stored) == 2 else None  # noqa: PLR2004


def remember_account(request: HttpRequest, account: Account) -> None:
    """Signs the account in to this browser, under a new session identifier and a new form token.

    It lasts thirty days, unless staff are signed in to the same browser: then as long as they are.
    """
    request.session.cycle_key()
    rotate_token(request)
    request.session[_KEY] = [account.pk, account.epoch]
    request.session[_SINCE] = now().isoformat()
    request.session.pop(_CODES, None)
    if "_auth_user_id" not in request.session:
        request.session.set_expiry(REMEMBERED_FOR)
    request.resident_account = account  # type: ignore[attr-defined]


def entered_lately(request: HttpRequest) -> bool:
    """Whether the account of this browser typed its code within the hour: asked before all its data is given."""
    since = parse_datetime(str(request.session.get(_SINCE, "")))
    return since is not None and now() - LATELY <= since <= now()


def forget_account(request: HttpRequest, *, keep_codes: bool = False) -> None:
    """Signs the account out of this browser; `keep_codes`: it may still type the code that it just asked for."""
    request.session.pop(_KEY, None)
    request.session.pop(_SINCE, None)
    if not keep_codes:
        request.session.pop(_CODES, None)
    request.session.cycle_key()
    request.resident_account = None  # type: ignore[attr-defined]


def remember_code(request: HttpRequest, proof: ProofCode, about: str = "") -> None:
    """Binds a code to this browser; `about` tells apart codes of the same use, such as the request of a number."""
    request.session[_CODES] = {**request.session.get(_CODES, {}), f"{proof.use}/{about}": proof.uid}


def remembered_code(request: HttpRequest, use: ProofCode.Use, about: str = "") -> ProofCode | None:
    """The code that this browser asked for, as long as it may be typed."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return proof_by_uid(str(request.session.get(_CODES, {}).get(f"{use}/{about}", "")), use)


def holds_code_for(request: HttpRequest, use: ProofCode.Use, target: str, about: str = "") -> bool:
    """Whether this browser asked for a code that may still be typed, sent to the address or the number typed now."""
    proof = remembered_code(request, use, about)
    try:
        cleaned = clean_phone(target) if use == ProofCode.Use.PHONE else clean_email(target)
    except Unreadable:
        return False
    return proof is not None and proof.tries < TRIES and proof.target == cleaned


def forget_code(request: HttpRequest, use: ProofCode.Use, about: str = "") -> None:
    """Forgets the code that this browser asked for."""
    codes = dict(request.session.get(_CODES, {}))
    codes.pop(f"{use}/{about}", None)
    request.session[_CODES] = codes
