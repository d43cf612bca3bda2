"""Queueing calls, placing them, recording what became of them, calling off, erasing."""

from parvis.apps.voice.rules.states import CALLED_OFF, NUMBER_REFUSES, PERHAPS_PLACED, TOO_LATE
from parvis.apps.voice.services.attempts import (
    begin_attempt,
    call_due,
    doubt_unsent,
    may_call_now,
    postpone,
    record_attempt,
    record_doubt,
    record_failure,
    record_news,
    release_doubt,
)
from parvis.apps.voice.services.calls import (
    Addressed,
    accept,
    call_off,
    call_off_number,
    erase,
    erase_by_prefix,
    move_end,
    queue,
    queue_each,
    refuse,
)
