"""What is asked of leisure."""
