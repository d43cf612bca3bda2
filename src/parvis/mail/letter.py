"""What a renderer hands back."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """One message: a subject of one line, its plain text, and the same in HTML (may be empty)."""

    subject: str
    text: str
    html: str = ""
