"""What stops an import as a whole; what stops one line of it is a `report.Problem`."""

from collections.abc import Sequence
from typing import ClassVar

from parvis.lib.errors import Refused


class CannotImport(Refused):
    """The file, or its mapping, cannot be used; `problems` says each thing to mend."""

    code: ClassVar[str] = "import"
    status: ClassVar[int] = 422

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__("\n- ".join([message, *problems]))
        self.problems = list(problems)
