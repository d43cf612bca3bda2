"""A town read from its folder and brought into the database. The format of the files is in docs/build/town.md."""

from parvis.town.load import LoadReport, load
from parvis.town.reading import TownFileError, TownFiles, read

__all__ = ["LoadReport", "TownFileError", "TownFiles", "load", "read"]
