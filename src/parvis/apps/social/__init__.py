"""Social networks: the town's accounts, what it publishes there, and what people write to it there."""
