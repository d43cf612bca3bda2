"""What could not be answered, taught by editors."""
