"""Accounts of residents: the one of a session, its addresses, the codes that prove an address or a number."""

import hmac

from django.conf import settings

from parvis.apps.residents.models import Account, ProofCode
from parvis.lib.clock import now

DIGITS = 6


def account_by_id(pk: int, epoch: int) -> Account | None:
    """The account with its addresses, when its sessions still carry this number; two queries."""
    return Account.objects.prefetch_related("emails").filter(pk=pk, epoch=epoch).first()


def emails_of(account: Account) -> list[str]:
    """The addresses that the account proved, the first one first."""
    return [row.email for row in account.emails.all()]


def proof_by_uid(uid: str, use: str) -> ProofCode | None:
    """The code sent under this identifier for that use, as long as it may be typed."""
    rows = ProofCode.objects.select_related("account")
    return rows.filter(uid=uid, use=use, used_at=None, expires_at__gt=now()).first() if uid else None


def code_of(uid: str) -> str:
    """The six digits that go with an identifier: derived from it and the secret key, so that none is stored."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"proof code {uid}".encode(), "sha256")
    return str(int.from_bytes(digest[:8]) % 10**DIGITS).zfill(DIGITS)
