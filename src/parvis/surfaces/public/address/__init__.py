"""The page of an address: what applies to it, and its calendars."""
