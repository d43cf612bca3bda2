"""Where a provider tells what became of payments."""
