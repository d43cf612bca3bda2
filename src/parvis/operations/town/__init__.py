"""Loading of a town's folder into the database. The format of the files is in docs/build/town.md."""

from parvis.operations.town.load import LoadReport, load, moved_as_json, moved_lines
from parvis.operations.town.reading import TownFileError, TownFiles, read

__all__ = ["LoadReport", "TownFileError", "TownFiles", "load", "moved_as_json", "moved_lines", "read"]
