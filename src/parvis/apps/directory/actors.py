"""Who does something: someone of the staff, the citizen concerned, a program that holds a key, or Parvis itself."""

from dataclasses import dataclass
from enum import StrEnum

from parvis.apps.directory.models import User


class ActorKind(StrEnum):
    STAFF = "staff"
    CITIZEN = "citizen"
    PROGRAM = "program"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Made by one of its four constructors. `user` is there for the staff alone: roles are checked on it.

    What the others may do is for each use case to say, and for the surface that lets them in: a private link, a key.
    """

    kind: ActorKind
    user: User | None = None
    program_name: str = ""

    @classmethod
    def staff(cls, user: User) -> "Actor":
        return cls(ActorKind.STAFF, user=user)

    @classmethod
    def citizen(cls) -> "Actor":
        return cls(ActorKind.CITIZEN)

    @classmethod
    def program(cls, name: str) -> "Actor":
        return cls(ActorKind.PROGRAM, program_name=name)

    @classmethod
    def system(cls) -> "Actor":
        return cls(ActorKind.SYSTEM)

    @property
    def is_citizen(self) -> bool:
        return self.kind is ActorKind.CITIZEN

    @property
    def name(self) -> str:
        """The name of a person of the staff or of a program; empty for the citizen and the system."""
        return self.user.display_name if self.user else self.program_name
