"""The demonstration's provider: a text is only kept, and shown at /dev/texts/."""

from datetime import datetime
from uuid import uuid4


class Demonstration:
    """Takes every text and carries none."""

    def send(self, to: str, body: str, *, report: str) -> str:
        """See `Provider.send`."""
        return f"demo-{uuid4().hex}"

    def find(self, to: str, body: str, *, since: datetime) -> list[str]:
        """See `Provider.find`: nothing was taken, since it takes at once."""
        return []
