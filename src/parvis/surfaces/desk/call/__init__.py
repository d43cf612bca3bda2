"""The call screen: a contact in progress, what is said, the person, and what became of each matter."""
