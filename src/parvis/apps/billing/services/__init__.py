"""What changes in billing."""
