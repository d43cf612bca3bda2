"""Writes done once for the key that a program gave them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.idempotency.models import IdempotencyKey
from parvis.lib import clock
from parvis.lib.database.rows import insert
from parvis.lib.errors import Conflict

KEPT = timedelta(days=30)
"""How long an answer is given again. Its key is kept for ever, so that it never passes for a new one."""


class SentOtherwise(Conflict):
    """The Idempotency-Key was already sent, with another content."""

    code = "idempotency-key-reused"
    status = 422


class AnswerForgotten(Conflict):
    """This was done long ago, and its answer is no longer kept."""


@dataclass(frozen=True)
class Answered:
    """The answer to a write; `repeated` when it was given before."""

    status: int
    body: dict[str, Any]
    repeated: bool = False


def claim(*, scope: str, key: str, fingerprint: str) -> tuple[IdempotencyKey, bool]:
    """The row of a key, and whether it is new: then the caller's transaction does what was sent, and nobody else.

    Two calls at once with the same key: the second waits for the first. One rolled back leaves nothing, and may be sent
    again. Raises SentOtherwise when the key came with another content, however long ago.
    """
    row = IdempotencyKey(scope=scope, key=key, fingerprint=fingerprint, at=clock.now())
    if insert(row, unless=("scope", "key")):
        return row, True
    return sent_before(scope=scope, key=key, fingerprint=fingerprint), False


def sent_before(*, scope: str, key: str, fingerprint: str) -> IdempotencyKey:
    """The row of a key already claimed. Raises SentOtherwise when it was for another content."""
    row = IdempotencyKey.objects.get(scope=scope, key=key)
    if row.fingerprint != fingerprint:
        raise SentOtherwise(_("This Idempotency-Key was already sent with another content: choose another one."))
    return row


@transaction.atomic
def once(*, scope: str, key: str, fingerprint: str, work: Callable[[], tuple[int, dict[str, Any]]]) -> Answered:
    """Does `work` and keeps its answer, in one transaction; sent again, gives that answer and does nothing.

    Raises what `claim` and `work` raise, and AnswerForgotten when the answer was purged.
    """
    row, new = claim(scope=scope, key=key, fingerprint=fingerprint)
    if new:
        row.status, row.body = work()
        row.save(update_fields=["status", "body"])
    elif not row.status:
        raise AnswerForgotten(_("This was done already, long ago: for another write, choose another Idempotency-Key."))
    return Answered(row.status, row.body, repeated=not new)


@transaction.atomic
def purge_answers() -> int:
    """Forgets the answers kept for more than KEPT, not their keys; returns how many."""
    old = IdempotencyKey.objects.filter(at__lt=clock.now() - KEPT, status__gt=0)
    return old.update(status=0, body={})
