"""What is done to a whole installation: a town loaded from its files, an earlier system imported, a backup."""
