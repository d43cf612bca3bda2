"""Registering and forgetting devices; queueing notices, and how they leave."""

from parvis.apps.push.services.devices import forget_device, new_secret, record_gone, register_device, vapid_key
from parvis.apps.push.services.outgoing import (
    cancel_pushes,
    delete_old,
    expire_unsent,
    queue_push,
    queue_pushes,
    retry_failed,
)
from parvis.apps.push.services.reminders import remind
from parvis.apps.push.services.sending import PUSHES
from parvis.apps.push.services.subscriptions import choose_subjects
