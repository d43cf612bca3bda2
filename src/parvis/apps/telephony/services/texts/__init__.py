"""Queueing, cancelling and erasing texts; recording their states; storing those that come in."""

from parvis.apps.telephony.services.texts.automatic import AUTOMATIC, answer_automatically
from parvis.apps.telephony.services.texts.incoming import erase_received, record_opt_out, store
from parvis.apps.telephony.services.texts.outgoing import (
    LONGEST,
    SEND_DUE,
    Addressed,
    call_off,
    cancel,
    doubt_unsent,
    erase,
    erase_by_key,
    move_end,
    queue,
    queue_each,
    record_status,
    send_due,
)
from parvis.apps.telephony.services.texts.pausing import decide_sending
from parvis.apps.telephony.services.texts.sending import TEXTS
