"""Subscribing, confirming, choosing, leaving; enrolling and importing by the staff; suppressing; erasing by law."""

from parvis.apps.subscribers.services.delivery import COUNTED, record_soft_failure, reset_soft_failures, suppress
from parvis.apps.subscribers.services.erasing import erase_subscriber, erase_targets, purge
from parvis.apps.subscribers.services.importing import COLUMNS, Report, import_subscribers
from parvis.apps.subscribers.services.subscribing import (
    LEAVE_BY_CALL,
    Origin,
    Wanted,
    change_choices,
    confirm,
    confirm_by_call,
    enrol,
    leave,
    leave_all,
    leave_by_call,
    remove_means,
    send_link,
    subscribe,
)
