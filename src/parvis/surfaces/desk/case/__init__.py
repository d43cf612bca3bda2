"""One case: its page, its forms, its journal, the cases merged into it."""
