"""Loading of external data: civic addresses and the assessment roll."""
