"""What a page asks again and again, read in its HTML."""

import html
import re


def polled(page: str, ident: str) -> str:
    """The address that the element `ident` asks."""
    match = re.search(rf'id="{ident}"[^>]*?hx-get="([^"]+)"', page)
    assert match, f"{ident} asks nothing"
    return html.unescape(match[1])
