"""The season of a day, for the drawing of the home page."""

from datetime import date

FIRST_DAYS = (((3, 20), "spring"), ((6, 21), "summer"), ((9, 22), "autumn"), ((11, 20), "winter"))


def season_of(day: date) -> str:
    """spring, summer, autumn or winter; winter begins with the first snow rather than at the solstice."""
    season = "winter"
    for first, name in FIRST_DAYS:
        if (day.month, day.day) >= first:
            season = name
    return season
