"""Queueing calls, placing them, recording what became of them, calling off, erasing."""

from parvis.apps.voice.services.calls import (
    CALL_DUE,
    Addressed,
    accept,
    call_off,
    call_off_number,
    doubt_unsent,
    erase,
    erase_by_prefix,
    move_end,
    queue,
    queue_each,
    refuse,
)
from parvis.apps.voice.services.lines import call_due
from parvis.apps.voice.services.news import record_news
from parvis.apps.voice.services.placing import CALLS, may_call_now, report_of
