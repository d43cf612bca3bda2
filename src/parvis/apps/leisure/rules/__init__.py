"""Pure rules of leisure."""
