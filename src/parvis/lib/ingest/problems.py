"""The mistakes found in a folder of files, each with its place."""


class Problems:
    """Every mistake found in a folder, in the order it was found: "file, entry: what is wrong"."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, file: str, where: str, message: str) -> None:
        """Note a mistake; `where` names the entry, "" for the whole file."""
        self.found.append(f"{file}, {where}: {message}" if where else f"{file}: {message}")
