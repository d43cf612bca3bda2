"""What the public sees of a case: words, place and photos that an agent publishes."""
