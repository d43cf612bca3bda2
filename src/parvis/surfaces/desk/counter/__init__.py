"""The waiting line of the counter, its tablets and screens."""
