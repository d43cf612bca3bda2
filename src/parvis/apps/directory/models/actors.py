"""The author of an action: a staff member, the citizen concerned, a program with an API key, or the system."""

from dataclasses import dataclass
from enum import StrEnum

from parvis.apps.directory.models.staff import User


class ActorKind(StrEnum):
    STAFF = "staff"
    CITIZEN = "citizen"
    PROGRAM = "program"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Built by one of its four constructors. Only staff have a `user`, on which roles are checked.

    What the others may do is decided by each use case, and by how the surface authenticates them (link or key).
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
        """The name of a staff member or program; "" for the citizen and the system."""
        return self.user.display_name if self.user else self.program_name
