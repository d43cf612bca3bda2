"""Who we answer: people, organisations, and what may be told of a file."""
