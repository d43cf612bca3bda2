"""Lists of cases: searched, saved as views, handled in batches, possible duplicates."""
