"""The states of a post, and the kinds of what may go wrong with it."""

QUEUED, SENT, UNKNOWN, FAILED, WITHDRAWN = "queued", "sent", "unknown", "failed", "withdrawn"
DUE = (QUEUED, UNKNOWN)  # where something may still have to be done
TOKEN, BODY, RETRY, REFUSED = "token", "body", "retry", "refused"
