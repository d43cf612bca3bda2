"""The API at /api/v1/: answers, addresses, cases, contacts, incidents, webhooks (docs/build/api.md)."""
