"""The refusals a service may answer with. A surface maps each once: a form error, a page, an exit code."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, TypeAlias

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

type_text: TypeAlias = "str | StrPromise"


class Refused(Exception):
    """What was asked cannot be done. `message` is fit for the person who asked, in their language."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, message: type_text, fields: Mapping[str, type_text] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields: dict[str, type_text] = dict(fields or {})

    def __str__(self) -> str:
        return str(self.message)


class Invalid(Refused):
    """Something typed must be mended; `fields` says what, field by field."""

    code = "invalid"
    status = 422


class NotAllowed(Refused):
    """The role of the person does not include this action, here or on this object."""

    code = "not-allowed"
    status = 403


class NotFound(Refused):
    """There is no such thing, or the person asking may not know that there is."""

    code = "not-found"
    status = 404


class Conflict(Refused):
    """Someone else changed the thing meanwhile, or it is no longer in a state that allows this."""

    code = "conflict"
    status = 409


class Outdated(Conflict):
    """Someone else changed the thing since it was shown to the person who asks; a surface may say since when."""
