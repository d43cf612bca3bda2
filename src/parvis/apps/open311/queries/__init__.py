"""What a program may read of the requests."""

from parvis.apps.open311.queries.requests import (
    MOST_ROWS,
    Circle,
    Filters,
    Page,
    Shown,
    asked,
    newest,
    photo_of,
    submitted,
)
