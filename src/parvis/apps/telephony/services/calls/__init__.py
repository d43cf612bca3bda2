"""Queueing calls, placing them, recording what became of them, calling off, erasing."""

from parvis.apps.telephony.services.calls.lines import call_due
from parvis.apps.telephony.services.calls.news import record_news
from parvis.apps.telephony.services.calls.outgoing import (
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
from parvis.apps.telephony.services.calls.placing import CALLS, may_call_now, report_of
