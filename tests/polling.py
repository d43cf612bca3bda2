"""Reading of the polled URLs in the HTML of a page."""

import html
import re


def polled(page: str, ident: str) -> str:
    """The URL that the element `ident` polls."""
    match = re.search(rf'id="{ident}"[^>]*?hx-get="([^"]+)"', page)
    assert match, f"{ident} polls nothing"
    return html.unescape(match[1])
