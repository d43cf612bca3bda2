"""Queueing, retrying, cancelling and erasing letters; storing, reading and setting aside messages."""

from parvis.apps.mail.services.incoming import (
    LARGEST,
    erase_message,
    keep_files,
    parse_stored,
    quarantine,
    record_bounce,
    store,
    take_again,
)
from parvis.apps.mail.services.outgoing import (
    DELIVER,
    GIVE_UP_AFTER,
    LEAVING,
    WAKE_AFTER,
    Sending,
    cancel,
    erase,
    message_id,
    queue,
    requeue_stale,
    send_due,
)
