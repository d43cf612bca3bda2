"""The inbox: messages read, answered, turned into requests."""
