"""What the bar of a page of the staff shows."""

import re


def count_of(screen: str, page: str) -> int:
    """The count beside a screen, by its key; 0 when there is none."""
    [shown] = re.findall(rf'id="count-{screen}"\s*>(\d*)<', page)
    return int(shown or 0)
