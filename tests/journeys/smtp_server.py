"""An SMTP server that stores every message as a file: python -m tests.journeys.smtp_server PORT FOLDER"""

import asyncio
import itertools
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Writes each message to a numbered file, atomically."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ranks = itertools.count(len(list(folder.glob("*.eml"))) + 1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        temporary = self.folder / f"{next(self.ranks):06d}.part"
        temporary.write_bytes(b"X-To: " + ", ".join(envelope.rcpt_tos).encode() + b"\r\n" + content)
        temporary.rename(temporary.with_suffix(".eml"))
        return "250 kept"


async def serve(port: int, folder: Path) -> None:
    """Serves until the process is killed."""
    controller = Controller(Keeper(folder), hostname="127.0.0.1", port=port)
    controller.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
