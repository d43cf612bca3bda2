"""The call screen: a contact in progress, the answers, the person, and the outcome of each matter."""
