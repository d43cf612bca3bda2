"""A stand-in for a sign: an SNMP agent on loopback that keeps a table of messages and a clock, and misbehaves at will.

It reads and writes messages of SNMP version 1 by pysnmp's own types; nothing of the product's client serves it.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.proto.api import v1

from parvis.apps.panels.channels import ntcip
from parvis.apps.panels.channels.snmp import GENERAL_ERROR, NO_SUCH_NAME, READ_ONLY, Oid, Value

CURRENT: Oid = (*ntcip.ROW, ntcip.MULTI, ntcip.CURRENT, 1)
OURS = (ntcip.CHANGEABLE, 1)
FOREVER = 65_535


@dataclass
class StandInSign:
    """The state of the sign, and its faults: `refuses` is the dmsActivateMsgError with which it refuses activations."""

    objects: dict[Oid, Value] = field(default_factory=dict)
    activations: list[bytes] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)  # as they came
    refuses: int = 0
    keeps: int = 10_000  # octets of a message: what is longer is cut, silently
    hangs: bool = False
    loses: int = 0  # answers lost, next
    doubles: bool = False
    garbles: int = 0  # answers preceded by octets that are no message, next
    time_is_fixed: bool = False  # dmsMessageTimeRemaining cannot be written
    deaf_to_time: bool = False  # what is written there is taken, and changes nothing
    quiet: int = 0  # minutes since somebody spoke to it
    port: int = 0

    def __post_init__(self) -> None:
        self.objects |= {
            **{ntcip.SIGN_WIDTH: 96, ntcip.SIGN_HEIGHT: 24, ntcip.LETTER_WIDTH: 6, ntcip.LETTER_HEIGHT: 8},
            **{ntcip.MAX_PAGES: 6, ntcip.MAX_OCTETS: 200, ntcip.ERRORS: 0, ntcip.ACTIVATE_ERROR: 2},
            **{ntcip.SYNTAX_ERROR: 2, ntcip.SYNTAX_PLACE: 0, ntcip.COMM_LOSS_TIME: 0, ntcip.TIME_LEFT: FOREVER},
            **{ntcip.COMM_LOSS_MESSAGE: b"", ntcip.END_MESSAGE: b"", CURRENT: b""},
            (*ntcip.LETTER, 1, ord("é")): 5,
        }

    @property
    def shows(self) -> str:
        value = self.objects[CURRENT]
        return value.decode("latin-1") if isinstance(value, bytes) else ""

    @property
    def left(self) -> int:
        value = self.objects[ntcip.TIME_LEFT]
        assert isinstance(value, int)
        return value

    def lose_power(self) -> None:
        """What was in memory is lost, and the sign is blank."""
        self.objects = {}
        self.__post_init__()

    def pass_minutes(self, count: int) -> None:
        """Time passes and nobody speaks to the sign: it does alone what it was told before."""
        for _ in range(count):
            self.quiet += 1
            if self.left != FOREVER:
                self.objects[ntcip.TIME_LEFT] = max(0, self.left - 1)
                if not self.left:
                    self._fall_back(ntcip.END_MESSAGE)
            lost = self.objects[ntcip.COMM_LOSS_TIME]
            if lost and self.quiet == lost:
                self._fall_back(ntcip.COMM_LOSS_MESSAGE)

    def _fall_back(self, oid: Oid) -> None:
        code = self.objects[oid]
        if isinstance(code, bytes) and code[:1] == bytes([ntcip.BLANK]):
            self.objects[CURRENT], self.objects[ntcip.TIME_LEFT] = b"", FOREVER

    def answer(self, octets: bytes) -> bytes:
        """The octets of the answer to a request; none for what is no message."""
        try:
            message, _ = decoder.decode(octets, asn1Spec=v1.Message())
        except PyAsn1Error:
            return b""
        self.quiet = 0
        asked = v1.apiMessage.get_pdu(message)
        reading = isinstance(asked, v1.GetRequestPDU)
        status, place, values = 0, 0, []
        for rank, (name, value) in enumerate(v1.apiPDU.get_varbinds(asked), 1):
            oid = tuple(name)
            status = (0 if oid in self.objects else NO_SUCH_NAME) if reading else self._write(oid, _plain(value))
            values.append((name, _typed(self.objects[oid]) if reading and not status else value))
            if status:
                place = rank
                break
        answer = v1.apiMessage.get_response(message)
        pdu = v1.apiMessage.get_pdu(answer)
        v1.apiPDU.set_varbinds(pdu, values)
        v1.apiPDU.set_error_status(pdu, status)
        v1.apiPDU.set_error_index(pdu, place)
        return bytes(encoder.encode(answer))

    def _write(self, oid: Oid, value: Value) -> int:
        cell = (*ntcip.ROW, ntcip.STATUS, *OURS)
        if oid == cell:
            self.objects[oid] = ntcip.VALID if value == ntcip.VALIDATE else 2
            multi = self.objects.get((*ntcip.ROW, ntcip.MULTI, *OURS)) or b""
            assert isinstance(multi, bytes)
            self.objects[(*ntcip.ROW, ntcip.CRC, *OURS)] = sum(multi) % 65536
        elif oid == (*ntcip.ROW, ntcip.MULTI, *OURS) and isinstance(value, bytes):
            self.objects[oid] = value[: self.keeps]
        elif oid == ntcip.ACTIVATE and isinstance(value, bytes):
            return self._activate(value)
        elif oid == ntcip.TIME_LEFT and self.time_is_fixed:
            return READ_ONLY
        elif not (oid == ntcip.TIME_LEFT and self.deaf_to_time):
            self.objects[oid] = value
        return 0

    def _activate(self, code: bytes) -> int:
        self.activations.append(code)
        checksum = int.from_bytes(code[6:8], "big")
        wrong = self.refuses
        if not wrong and code[3] == ntcip.CHANGEABLE and checksum != self.objects[(*ntcip.ROW, ntcip.CRC, *OURS)]:
            wrong = 7
        self.objects[ntcip.ACTIVATE_ERROR] = wrong or 2
        if wrong:
            return GENERAL_ERROR
        own = self.objects.get((*ntcip.ROW, ntcip.MULTI, *OURS))
        self.objects[CURRENT] = own if code[3] == ntcip.CHANGEABLE else b""
        self.objects[ntcip.TIME_LEFT] = int.from_bytes(code[:2], "big")
        return 0


def _plain(value: Any) -> Value:
    return int(value) if isinstance(value, v1.Integer) else bytes(value)


def _typed(value: Value) -> Any:
    return v1.Integer(value) if isinstance(value, int) else v1.OctetString(value or b"")


@contextmanager
def serving(address: str = "127.0.0.1") -> Iterator[StandInSign]:
    """A sign that answers at an address of loopback until the block ends."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sign, link = StandInSign(), socket.socket(family, socket.SOCK_DGRAM)
    link.bind((address, 0))
    sign.port = link.getsockname()[1]

    def run() -> None:
        while True:
            octets, who = link.recvfrom(65_507)
            if not octets:
                return
            sign.received.append(octets)
            if sign.hangs:
                continue
            answer = sign.answer(octets)
            if sign.loses:
                sign.loses -= 1
                continue
            if sign.garbles:
                sign.garbles -= 1
                link.sendto(answer[:-3], who)
            for _ in range(1 + sign.doubles):
                link.sendto(answer, who)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield sign
    finally:
        with socket.socket(family, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (address, sign.port))
        thread.join(5)
        link.close()
