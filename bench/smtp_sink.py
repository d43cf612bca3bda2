"""A null SMTP server on 127.0.0.1: it takes every message and keeps none. `python -m bench.smtp_sink PORT [FILE]`.

With a file, one byte is added to it for each message taken, so that its size counts them.
"""

import asyncio
import sys
from functools import partial
from pathlib import Path

REPLIES = {b"EHLO": b"250 sink\r\n", b"HELO": b"250 sink\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counted: Path | None = None) -> None:
    """One connection, from greeting to QUIT."""
    writer.write(b"220 sink\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        writer.write(REPLIES.get(verb, b"250 ok\r\n"))
        if verb == b"QUIT":
            break
        if verb == b"DATA":
            await reader.readuntil(b"\r\n.\r\n")
            if counted:
                with counted.open("ab") as file:
                    file.write(b".")
            writer.write(b"250 taken\r\n")
    await writer.drain()
    writer.close()


async def serve(port: int, counted: Path | None = None) -> None:
    """Takes messages until the process ends."""
    if counted:
        counted.touch()
    async with await asyncio.start_server(partial(converse, counted=counted), "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *map(Path, sys.argv[2:])))
