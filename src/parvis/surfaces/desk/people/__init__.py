"""A person's file: contact details, organisations, what may be told, who read it."""
