"""One cause, many contacts."""
