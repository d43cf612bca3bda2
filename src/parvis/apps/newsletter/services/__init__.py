"""Writing issues, sending them, and what comes back."""
