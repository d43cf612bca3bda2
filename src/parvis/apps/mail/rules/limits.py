"""How much of a message is received."""

LARGEST = 40_000_000  # bytes of a whole message
LONGEST_HEADER = 200_000  # bytes kept of the header of a larger one
