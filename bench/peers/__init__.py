"""Other ticket systems, measured beside Parvis with the same rows, the same words and the same client."""
