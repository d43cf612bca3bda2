"""Messages taken in, and what agents write back to them."""
