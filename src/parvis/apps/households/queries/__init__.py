"""What is asked of households."""
