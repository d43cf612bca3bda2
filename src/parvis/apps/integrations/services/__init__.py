"""Use cases of integrations, one function each."""

from parvis.apps.integrations.services.cases import open_with_key, receive_with_key, say, withdraw
from parvis.apps.integrations.services.delivering import WEBHOOKS, due_deliveries, due_webhooks, give_up_orphans
from parvis.apps.integrations.services.gathering import gather_events, purge_deliveries
from parvis.apps.integrations.services.uploads import keep_upload, uploads_of
from parvis.apps.integrations.services.webhooks import (
    change_webhook,
    create_webhook,
    remove_webhook,
    replay,
    replay_since,
    send_again,
    turn_on,
    webhook_of,
)
