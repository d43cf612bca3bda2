"""What changes in households."""
