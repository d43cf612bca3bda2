"""Exceptions that services raise. Each surface maps them once: to a form error, a page, an exit code."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self, TypeAlias, TypeVar

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

type_text: TypeAlias = "str | StrPromise"
T = TypeVar("T")


class Refused(Exception):
    """The operation cannot be done. `message` is in the user's language and may be shown to them."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, message: type_text, fields: Mapping[str, type_text] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields: dict[str, type_text] = dict(fields or {})

    def __str__(self) -> str:
        return str(self.message)

    @property
    def first_error(self) -> str:
        """The message of the first field, or of the whole: to be shown away from any field."""
        return str(next(iter(self.fields.values()), self.message))


class Invalid(Refused):
    """The input is invalid; `fields` maps field names to errors."""

    code = "invalid"
    status = 422

    @classmethod
    def in_field(cls, name: str, words: type_text) -> Self:
        """One field is invalid: the same words say it there, and of the whole."""
        return cls(words, {name: words})


class NotAllowed(Refused):
    """The user's role does not allow this action, here or on this object."""

    code = "not-allowed"
    status = 403


class Restricted(NotAllowed):
    """The object exists, and only some posts may open it; `title` names it, and `message` says whom to ask."""

    code = "restricted"

    def __init__(self, title: str, message: type_text) -> None:
        super().__init__(message)
        self.title = title


class NotFound(Refused):
    """The object does not exist, or the user may not know that it does."""

    code = "not-found"
    status = 404


class Conflict(Refused):
    """Someone else changed the object meanwhile, or its state no longer allows this action."""

    code = "conflict"


class Outdated(Conflict):
    """Someone else changed the object since it was shown to the user; a surface may say when."""


def or_not_found(found: T | None, words: type_text) -> T:
    """What was found; raises NotFound, in these words, when it is nothing."""
    if found is None:
        raise NotFound(words)
    return found
