"""Writes of programs, done once for their Idempotency-Key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import ApiKey
from parvis.apps.integrations.models import IdempotentCall
from parvis.apps.integrations.rules.identity import digest
from parvis.lib import clock
from parvis.lib.errors import Conflict

KEPT = timedelta(days=30)
"""How long an answer is given again. No write answers an empty object: that is an answer forgotten."""


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


@transaction.atomic
def once(*, api_key: ApiKey, key: str, fingerprint: str, work: Callable[[], tuple[int, dict[str, Any]]]) -> Answered:
    """Does `work` and keeps its answer, in one transaction; sent again, gives that answer and does nothing.

    Two calls at once with the same key: the second waits for the first. Work that raises leaves nothing, and may be
    sent again. Raises SentOtherwise when the key came with another content, however long ago, AnswerForgotten when it
    came with this one and its answer was purged, and what `work` raises.
    """
    row, created = IdempotentCall.objects.get_or_create(
        api_key=api_key, key=digest(key), defaults={"fingerprint": fingerprint, "at": clock.now()}
    )
    if not created:
        if row.fingerprint != fingerprint:
            raise SentOtherwise(_("This Idempotency-Key was already sent with another content: choose another one."))
        if not row.body:
            raise AnswerForgotten(
                _("This was done already, long ago: for another write, choose another Idempotency-Key.")
            )
        return Answered(row.status, row.body, repeated=True)
    row.status, row.body = work()
    row.save(update_fields=["status", "body"])
    return Answered(row.status, row.body)


@transaction.atomic
def purge_calls() -> int:
    """Forgets the answers kept for more than KEPT; returns how many.

    The key and the identity of the content stay: a key that comes back never passes for a new one.
    """
    return IdempotentCall.objects.filter(at__lt=clock.now() - KEPT).exclude(body={}).update(body={})
