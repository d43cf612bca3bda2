"""Dynamic message signs: NTCIP 1203, over SNMP version 1.

A message is written in a changeable row of the sign's table, validated, then activated by its number and its checksum.
The sign blanks alone when the message ends, and when nobody speaks to it for COMM_LOSS minutes. When only the end of
what it shows moves, its dmsMessageTimeRemaining is written.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from parvis.apps.panels.channels.base import Limits, SignError, Unreachable
from parvis.apps.panels.channels.snmp import NO_SUCH_NAME, Client, Oid, Refusal, Silence
from parvis.apps.panels.rules import multi

DMS: Oid = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 3)
SIGN_HEIGHT, SIGN_WIDTH = (*DMS, 2, 3, 0), (*DMS, 2, 4, 0)  # pixels
LETTER_HEIGHT, LETTER_WIDTH = (*DMS, 2, 1, 0), (*DMS, 2, 2, 0)  # 0: any
LETTER = (*DMS, 3, 4, 1, 2)  # characterWidth, by font and code
MAX_PAGES, MAX_OCTETS = (*DMS, 4, 15, 0), (*DMS, 4, 16, 0)
ROW = (*DMS, 5, 8, 1)
MULTI, OWNER, CRC, BEACON, PIXELS, PRIORITY, STATUS = 3, 4, 5, 6, 7, 8, 9  # columns of ROW
ACTIVATE, TIME_LEFT, COMM_LOSS_MESSAGE, COMM_LOSS_TIME, END_MESSAGE = ((*DMS, 6, arc, 0) for arc in (3, 4, 12, 13, 15))
ACTIVATE_ERROR, SYNTAX_ERROR, SYNTAX_PLACE = ((*DMS, 6, arc, 0) for arc in (17, 18, 19))
ERRORS = (*DMS, 9, 7, 1, 0)  # shortErrorStatus

CHANGEABLE, CURRENT, BLANK = 3, 5, 7
NUMBER = 1  # of our row
MODIFY, VALIDATE, VALID, WRONG = 6, 7, 4, 5
COMM_LOSS = 10  # minutes
PAGES = 3  # at most, whatever the sign takes
LONGEST = 65_534  # minutes; 65,535 has no end
LETTER_PIXELS = (6, 8)  # of a font of 5 by 7, with its spaces
ATTEMPTS, PAUSE = 10, 0.2  # of reading whether a message is valid
FONT = 1
WHY = {
    1: "other", 3: "priority", 4: "messageStatus", 5: "messageMemoryType", 6: "messageNumber", 7: "messageCRC",
    8: "syntaxMULTI", 9: "localMode", 10: "centralMode", 11: "centralOverrideMode",
}  # fmt: skip
FAULTS = {
    1: "communications", 2: "power", 3: "attached device", 4: "lamp", 5: "pixel", 6: "photocell", 8: "controller",
    9: "temperature", 10: "climate control", 11: "critical temperature", 12: "drum", 13: "door open", 14: "humidity",
}  # fmt: skip
HIGHEST = 255  # of the priorities (NTCIP 1203)
NOT_TOLD = -1
NOBODY = bytes(4)  # the address of who activates: any


@dataclass
class NtcipSign:
    """A sign at an address. What it says of its letters is asked once."""

    client: Client
    _letters: dict[int, bool] = field(default_factory=dict)

    def limits(self) -> Limits:
        """See Sign."""
        width, height = self._number(SIGN_WIDTH), self._number(SIGN_HEIGHT)
        letter_width = self._number(LETTER_WIDTH, 0) or LETTER_PIXELS[0]
        letter_height = self._number(LETTER_HEIGHT, 0) or LETTER_PIXELS[1]
        return Limits(
            columns=max(1, width // letter_width),
            rows=max(1, (height + 1) // letter_height),
            pages=max(1, min(PAGES, self._number(MAX_PAGES, 1))),
            octets=max(1, self._number(MAX_OCTETS, 255)),
        )

    def showing(self) -> bytes:
        """See Sign."""
        value = self._get((*ROW, MULTI, CURRENT, 1))
        return value if isinstance(value, bytes) else b""

    def compose(self, pages: Sequence[Sequence[str]], limits: Limits) -> bytes:
        """See Sign. Pages that do not fit in the octets of the sign are left out, the last first."""
        spelt = [[multi.spell(line, self._has) for line in page] for page in pages][: limits.pages]
        while True:
            result = multi.message(spelt, page_seconds=4)
            if len(result) <= limits.octets or len(spelt) <= 1:
                return result[: limits.octets]
            spelt.pop()

    def show(self, message: bytes, *, priority: int, minutes: int) -> None:
        """See Sign."""
        try:
            self._protect()
            self._write(message, priority)
            # The highest activation priority: an alert that ended must not keep what follows it off the sign.
            self._activate(CHANGEABLE, NUMBER, HIGHEST, min(max(1, minutes), LONGEST), self._number(self._cell(CRC)))
        except Silence as silence:
            raise Unreachable(str(silence)) from silence

    def minutes_left(self) -> int | None:
        """See Sign."""
        left = self._number(TIME_LEFT, NOT_TOLD)
        return None if left == NOT_TOLD else left

    def keep_for(self, minutes: int) -> bool:
        """See Sign."""
        try:
            self.client.set((TIME_LEFT, min(max(1, minutes), LONGEST)))
        except Refusal:
            return False
        except Silence as silence:
            raise Unreachable(str(silence)) from silence
        return True

    def clear(self) -> None:
        """See Sign."""
        try:
            self._activate(BLANK, 1, HIGHEST, 65_535, 0)
        except Silence as silence:
            raise Unreachable(str(silence)) from silence

    def faults(self) -> list[str]:
        """See Sign."""
        bits = self._number(ERRORS, 0)
        return [words for bit, words in FAULTS.items() if bits >> bit & 1]

    def _protect(self) -> None:
        """Blank at the end of the message, and when nobody speaks to the sign. One that cannot is left as it is."""
        blank = bytes([BLANK, 0, 1, 0, 0])
        for oid, value in ((COMM_LOSS_MESSAGE, blank), (END_MESSAGE, blank), (COMM_LOSS_TIME, COMM_LOSS)):
            try:
                self.client.set((oid, value))
            except Refusal as refusal:
                if refusal.status != NO_SUCH_NAME:
                    raise SignError(f"it refuses to clear alone: {refusal}") from refusal

    def _write(self, message: bytes, priority: int) -> None:
        try:
            self.client.set((self._cell(STATUS), MODIFY))
            self.client.set((self._cell(MULTI), message))
            self.client.set((self._cell(OWNER), b"parvis"))
            self.client.set((self._cell(PRIORITY), priority))
            self.client.set((self._cell(STATUS), VALIDATE))
        except Refusal as refusal:
            raise SignError(f"the message was refused: {refusal}") from refusal
        for _ in range(ATTEMPTS):
            status = self._number(self._cell(STATUS))
            if status == VALID:
                break
            if status == WRONG:
                raise SignError(self._syntax())
            time.sleep(PAUSE)
        else:
            raise SignError("the message was never validated")
        written = self._get(self._cell(MULTI))
        if written != message:
            raise SignError("the sign kept other words than those it was given")

    def _activate(self, memory: int, number: int, priority: int, minutes: int, checksum: int) -> None:
        code = minutes.to_bytes(2, "big") + bytes([priority, memory]) + number.to_bytes(2, "big")
        try:
            self.client.set((ACTIVATE, code + checksum.to_bytes(2, "big") + NOBODY))
        except Refusal as refusal:
            why = self._number(ACTIVATE_ERROR, 1)
            detail = f" ({self._syntax()})" if WHY.get(why) == "syntaxMULTI" else ""
            raise SignError(f"activation refused: {WHY.get(why, why)}{detail}") from refusal

    def _syntax(self) -> str:
        return f"MULTI error {self._number(SYNTAX_ERROR, 0)} at {self._number(SYNTAX_PLACE, 0)}"

    def _has(self, code: int) -> bool:
        if code not in self._letters:
            self._letters[code] = self._number((*LETTER, FONT, code), 0) > 0
        return self._letters[code]

    def _cell(self, column: int) -> Oid:
        return (*ROW, column, CHANGEABLE, NUMBER)

    def _get(self, oid: Oid, missing: int | None = None) -> int | bytes | None:
        try:
            return self.client.get(oid)
        except Refusal as refusal:
            if missing is not None and refusal.status == NO_SUCH_NAME:
                return missing
            raise SignError(f"it does not tell {'.'.join(map(str, oid[len(DMS) :]))}: {refusal}") from refusal
        except Silence as silence:
            raise Unreachable(str(silence)) from silence

    def _number(self, oid: Oid, missing: int | None = None) -> int:
        value = self._get(oid, missing)
        if not isinstance(value, int):
            raise SignError(f"not a number: {'.'.join(map(str, oid[len(DMS) :]))}")
        return value
