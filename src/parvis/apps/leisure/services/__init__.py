"""What changes in leisure."""
