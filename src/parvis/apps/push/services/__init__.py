"""Registering and forgetting devices; queueing notices, and recording what becomes of them."""

from parvis.apps.push.services.devices import forget_device, new_secret, record_gone, register_device, vapid_key
from parvis.apps.push.services.outgoing import (
    Result,
    cancel_pushes,
    claim_due,
    delete_old,
    expire_unsent,
    queue_push,
    queue_pushes,
    record_results,
    retry_failed,
)
from parvis.apps.push.services.reminders import remind
from parvis.apps.push.services.subscriptions import choose_subjects
