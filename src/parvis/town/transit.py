"""transit.yaml: whose buses they are, how a taxi is reserved, and an invented timetable for the demonstration."""

from collections.abc import Sequence

from parvis.daily.loading.transit import TransitData
from parvis.town.days import read_source
from parvis.town.folder import Folder


def read_transit(folder: Folder, departments: Sequence[str]) -> TransitData | None:
    """What the town knows of its transit; None when it gives no such file."""
    if not (folder.path / "transit.yaml").is_file():
        return None
    entry = folder.one("transit")
    book, feed = entry.part("book"), entry.text("example_feed", "")
    path = folder.path / feed if feed else None
    if path is not None and (path.suffix != ".zip" or path.parent != folder.path or not path.is_file()):
        entry.wrong(f"'example_feed' must be a ZIP file of this folder, not {feed!r}")
    transit = TransitData(
        door=entry.one_of("door", departments, "department"),
        book=book.both("how", ("", ""), most=200),
        book_url=book.url("url"),
        on_request=entry.some_of("on_request"),
        example_feed=path,
        source=read_source(entry),
    )
    book.done()
    entry.done()
    return transit
