"""News, pages, alerts, works, council sessions and events."""
