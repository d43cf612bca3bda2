"""The letters of an issue, and what is sent to a contact point about itself."""
