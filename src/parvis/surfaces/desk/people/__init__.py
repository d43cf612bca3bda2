"""A person's file: contact details, organisations, disclosure rules, access log."""
