"""What the replies of a mail server mean for a letter (RFC 5321, RFC 3463)."""

import re
from dataclasses import dataclass

MOST_ATTEMPTS = 12  # about two days
_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")


@dataclass(frozen=True)
class Reply:
    """A reply: its code, and its words on one line."""

    code: int
    words: str

    def __str__(self) -> str:
        return f"{self.code} {self.words}".strip()

    @property
    def _enhanced(self) -> tuple[str, str]:
        found = _ENHANCED.match(self.words)
        return (found[1], found[2]) if found else ("", "")

    @property
    def permanent(self) -> bool:
        """Whether a later attempt is useless."""
        return 500 <= self.code < 600  # noqa: PLR2004

    @property
    def closing(self) -> bool:
        """Whether the server asks everyone to come back later."""
        return self.code == 421  # noqa: PLR2004

    @property
    def no_such_address(self) -> bool:
        """Whether the address does not work, rather than the message being refused: security and policy are 5.7."""
        if not self.permanent:
            return False
        subject = self._enhanced[1]
        return subject in ("1", "2") if subject else self.code in (550, 551, 553)

    @property
    def slow_down(self) -> bool:
        """Whether the domain asks for fewer letters, rather than this recipient being unavailable."""
        return self._enhanced == ("4", "7")
