"""Adds to a request what a citizen writes about it, whatever the channel."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.queries.merged_cases import head_of
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.intake.rules.message_words import only_thanks
from parvis.lib.clock import now
from parvis.lib.errors import Refused

REOPENS_WITHIN = timedelta(days=30)


def join_case(
    case: Case, words: str, channel: str, files: Sequence[Attachment] = (), *, author: str = ""
) -> tuple[bool, Entry | None]:
    """Adds the citizen's words to the case: a reply, or a reopening when it was closed within REOPENS_WITHIN.

    A merged case is as open as the one it is merged into. `author` is the address of someone other than the citizen,
    written before the words.

    Returns whether it did, and the new entry, if any: the same words sent twice in a day are one entry. False when they
    must become a contact instead: thanks, an old case, nothing said, or a move that the case refuses.
    """
    head = head_of(case)
    closed = head.state == State.CLOSED
    if closed and (only_thanks(words) or not head.closed_at or head.closed_at < now() - REOPENS_WITHIN):
        return False, None
    if not words.strip() and not files:
        return False, None
    if author:
        words = f"({author})\n\n{words}".strip()
    move = citizen.not_fixed if closed else citizen.reply
    last = case.entries.order_by("-seq").values_list("seq", flat=True).first() or 0
    try:
        with transaction.atomic():
            move(
                case_id=case.pk,
                words=words,
                by=Actor.citizen(),
                channel=channel,
                photos=files,
                someone_else=bool(author),
            )
    except Refused:
        return False, None
    return True, Entry.objects.filter(case=case, seq__gt=last, by_citizen=True).order_by("seq").first()
