"""Opening a case: its number, its details, its department; those of an earlier system."""
