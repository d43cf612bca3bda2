"""The mail server of the journeys, which can also stay silent: python -m tests.crash.holding_post PORT FOLDER

While a file named `hold` lies in the folder, the next message is kept, `held` appears, and its sender gets no reply: it
was delivered, and whoever sent it cannot know.
"""

import asyncio
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.journeys.smtp_server import Keeper


class HoldingKeeper(Keeper):
    """Keeps every message, and answers late while it is asked to hold."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        reply = await super().handle_DATA(server, session, envelope)
        while (self.folder / "hold").exists():
            (self.folder / "held").touch()
            await asyncio.sleep(0.02)
        return reply


async def serve(port: int, folder: Path) -> None:
    """Serves until the process is killed."""
    controller = Controller(HoldingKeeper(folder), hostname="127.0.0.1", port=port)
    controller.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
