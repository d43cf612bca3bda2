"""Who is told what, by which means, and what proves it."""

from parvis.apps.subscribers.queries.points import (
    by_secret,
    by_target,
    choices_of,
    digest,
    history,
    network_digest,
    offered_groups,
    other_means,
    page_url,
    search,
    siblings,
    totals,
    unsubscribe_url,
)
from parvis.apps.subscribers.queries.recipients import Recipient, recipient_count, recipients
