"""A name server on loopback, with the faults that real ones have."""

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field

TXT, CNAME = 16, 5
NAME_ERROR, REFUSED = 3, 5


@dataclass
class NameServer:
    """Answers over UDP and TCP with `records`, and with `aliases`, from one name to another.

    `silent`: how many questions get no answer. `garbled`: each answer is preceded by bytes that mean nothing, and by
    the answer to another question. `refuses`: it serves nobody. `largest`: bytes above which a UDP answer is cut short.
    """

    records: dict[str, list[str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    silent: int = 0
    garbled: bool = False
    refuses: bool = False
    largest: int = 4096
    questions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stream = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._stream.getsockname()[1])
        self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams.bind(("127.0.0.1", self.port))
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    @property
    def setting(self) -> str:
        """What PARVIS_DNS_SERVER says of it."""
        return f"127.0.0.1:{self.port}"

    def close(self) -> None:
        self._datagrams.close()
        self._stream.close()

    def _serve_udp(self) -> None:
        with suppress(OSError):
            while True:
                data, client = self._datagrams.recvfrom(4096)
                if self.silent:
                    self.silent -= 1
                    continue
                answer = self._answer(data)
                if self.garbled:
                    self._datagrams.sendto(b"\xff" * 7, client)
                    self._datagrams.sendto(bytes([answer[0] ^ 1]) + answer[1:], client)
                if len(answer) > self.largest:
                    end = 12 + len(_question(data)[1])
                    answer = data[:2] + b"\x83\x80" + struct.pack(">HHHH", 1, 0, 0, 0) + data[12:end]
                self._datagrams.sendto(answer, client)

    def _serve_tcp(self) -> None:
        with suppress(OSError):
            while True:
                channel, _client = self._stream.accept()
                with channel:
                    (size,) = struct.unpack(">H", channel.recv(2))
                    answer = self._answer(channel.recv(size))
                    channel.sendall(struct.pack(">H", len(answer)) + answer)

    def _answer(self, data: bytes) -> bytes:
        name, question = _question(data)
        self.questions.append(name)
        real = self.aliases.get(name, name)
        found = [] if self.refuses else self.records.get(real)
        code = REFUSED if self.refuses else NAME_ERROR if found is None else 0
        rows = [] if real == name else [_row(b"\xc0\x0c", CNAME, _name(real))]
        rows += [_row(b"\xc0\x0c" if real == name else _name(real), TXT, _strings(text)) for text in found or ()]
        return data[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(rows), 0, 0) + question + b"".join(rows)


def _question(data: bytes) -> tuple[str, bytes]:
    at, labels = 12, []
    while size := data[at]:
        labels.append(data[at + 1 : at + 1 + size].decode())
        at += size + 1
    return ".".join(labels).lower(), data[12 : at + 5]


def _name(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def _row(name: bytes, kind: int, data: bytes) -> bytes:
    return name + struct.pack(">HHIH", kind, 1, 300, len(data)) + data


def _strings(text: str) -> bytes:
    raw = text.encode()
    parts = [raw[start : start + 255] for start in range(0, len(raw), 255)]
    return b"".join(bytes([len(part)]) + part for part in parts)
