"""Text messages (SMS): what leaves, what comes in, and the numbers that asked for none."""
