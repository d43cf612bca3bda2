"""The problems found while reading a folder of files."""


class Problems:
    """Collects problems in the order found, as "file, entry: message"."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, file: str, where: str, message: str) -> None:
        """Records a problem; `where` names the entry, "" for the whole file."""
        self.found.append(f"{file}, {where}: {message}" if where else f"{file}: {message}")
