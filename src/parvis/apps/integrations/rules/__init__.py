"""Pure rules: what is an event, how it is signed, when it is tried again, the identity of a write."""
