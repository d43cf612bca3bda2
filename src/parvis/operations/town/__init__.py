"""A town read from its folder and brought into the database. The format of the files is in docs/build/town.md."""

from parvis.operations.town.load import LoadReport, load, moved_lines, told_of
from parvis.operations.town.reading import TownFileError, TownFiles, read

__all__ = ["LoadReport", "TownFileError", "TownFiles", "load", "moved_lines", "read", "told_of"]
