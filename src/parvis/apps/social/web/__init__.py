"""Where the networks tell what people write."""
