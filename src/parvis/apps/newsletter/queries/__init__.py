"""The issues, their letters and figures; whether the mail of the town deserves to be believed."""

from parvis.apps.newsletter.queries.issues import (
    Figures,
    archive,
    archive_url,
    archived,
    awaited,
    by_id,
    by_key,
    deliveries,
    figures,
    issues,
    journal,
    last_issue_at,
    recipients_of,
    server_wait,
    told,
    troubled,
    writers_of,
)
