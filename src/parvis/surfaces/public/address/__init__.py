"""What is particular to an address."""
