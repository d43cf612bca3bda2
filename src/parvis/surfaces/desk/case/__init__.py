"""One request: its page, its forms, its journal, what is merged into it."""
