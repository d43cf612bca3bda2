"""The rounding of cash, taxes included, since the penny is no longer made (Department of Finance Canada, 2013)."""

_TO_FIVE = (0, -1, -2, 2, 1)


def rounded(cents: int) -> int:
    """An amount of zero or more as it is paid in cash: 1 and 2 give 0; 3, 4, 6 and 7 give 5; 8 and 9 give 10."""
    return cents + _TO_FIVE[cents % 5]
