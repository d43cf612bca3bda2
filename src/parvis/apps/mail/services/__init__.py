"""Queueing, retrying, cancelling and erasing letters; storing, reading and setting aside messages."""

from parvis.apps.mail.rules.limits import LARGEST, LONGEST_HEADER
from parvis.apps.mail.services.approvals import tell_approvers
from parvis.apps.mail.services.automatic import answer_automatically
from parvis.apps.mail.services.holding import hold_unsent, send_held, settle_held
from parvis.apps.mail.services.incoming import (
    Arrived,
    KeptFile,
    count_attempt,
    erase_message,
    forget_attempt,
    forget_files,
    keep_files,
    parse_stored,
    place,
    quarantine,
    record_bounce,
    record_files,
    record_refusal,
    record_round_trip,
    store,
    store_oversize,
    take_again,
)
from parvis.apps.mail.services.outgoing import (
    GIVE_UP_AFTER,
    LEAVING,
    Outcome,
    Sending,
    begin,
    cancel,
    claim_due,
    erase,
    erase_all,
    give_up,
    message_id,
    queue,
    record,
)
from parvis.apps.mail.services.watching import report_silence, send_test
