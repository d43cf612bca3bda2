"""The only writer of the ledger: transactions posted once, whose legs sum to zero, and reversed by others."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from parvis.apps.billing.models import Invoice, LedgerAccount, Leg, Transaction
from parvis.apps.directory.models import User
from parvis.lib.clock import now
from parvis.lib.database.rows import insert


class NewLeg(NamedTuple):
    """Cents that go to an account (positive), or leave it, for an invoice."""

    account: LedgerAccount
    cents: int
    invoice: Invoice | None = None


@transaction.atomic
def post(
    *,
    key: str,
    what: Transaction.What,
    legs: Sequence[NewLeg],
    by: User | None,
    words: str = "",
    at: datetime | None = None,
    reverses: Transaction | None = None,
) -> Transaction:
    """Posts a transaction, once for its key: called again, it returns the first one and does nothing.

    Legs of nothing are left out. ValueError, and nothing posted, when the legs do not sum to zero, or none is left.
    """
    real = [leg for leg in legs if leg.cents]
    if not real or sum(leg.cents for leg in real) != 0:
        raise ValueError(f"the legs of {key} do not balance: {[(str(leg.account), leg.cents) for leg in legs]}")
    moment = now()
    posted = Transaction(
        key=key, what=what, at=at or moment, posted_at=moment, by=by, words=words[:200], reverses=reverses
    )
    if not insert(posted, unless="key"):
        return Transaction.objects.get(key=key)
    Leg.objects.bulk_create(
        Leg(transaction=posted, account=leg.account, cents=leg.cents, invoice=leg.invoice) for leg in real
    )
    return posted


def reverse(
    *, key: str, posted: Transaction, by: User | None, words: str = "", at: datetime | None = None
) -> Transaction:
    """Posts the opposite of a transaction, once: whatever its key, one already reversed returns its reversal."""
    done = Transaction.objects.filter(reverses=posted).first()
    if done is not None:
        return done
    legs = [
        NewLeg(LedgerAccount(leg.account), -leg.cents, leg.invoice) for leg in posted.legs.select_related("invoice")
    ]
    return post(
        key=key, what=Transaction.What.REVERSAL, legs=legs, by=by, words=words or posted.words, at=at, reverses=posted
    )
