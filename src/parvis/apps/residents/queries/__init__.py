"""Finding people and organisations, and reading what of their file one may see."""
