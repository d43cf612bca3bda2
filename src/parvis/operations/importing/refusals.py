"""The error that stops a whole import; a problem with one line is a `report.Problem`."""

from collections.abc import Sequence
from typing import ClassVar

from parvis.lib.errors import Refused


class CannotImport(Refused):
    """The file or its mapping is unusable; `problems` lists the errors."""

    code: ClassVar[str] = "import"
    status: ClassVar[int] = 422

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__("\n- ".join([message, *problems]))
        self.problems = list(problems)
