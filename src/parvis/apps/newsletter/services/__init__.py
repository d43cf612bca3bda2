"""Writing issues, sending them, and what comes back."""

from parvis.apps.newsletter.services.alerts import (
    move_end,
    queue_alert_letters,
    send_alert_test,
    withdraw_letters,
)
from parvis.apps.newsletter.services.approvals import approve, ask_for_approval, send_back
from parvis.apps.newsletter.services.erasing import erase_reader, erase_readers, forget_addresses
from parvis.apps.newsletter.services.issues import (
    Words,
    pause,
    resume,
    retry,
    save_issue,
    schedule,
    send_now,
    send_test,
    unschedule,
)
from parvis.apps.newsletter.services.reports import leave_by_letter, leave_by_mail, record_complaint, record_report
from parvis.apps.newsletter.services.sending import (
    SEND,
    Result,
    advance,
    ask_to_wait,
    end_issues,
    hold_unsent,
    postpone_domain,
    release_lease,
    settle,
    start_due,
    stop_issue,
    take_lease,
    waiting_rows,
)
