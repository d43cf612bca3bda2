"""Errors in a town's schedule files: each is reported with its file and entry, and nothing is loaded."""

from pathlib import Path

import pytest

from parvis.apps.directory.models import Town
from parvis.operations.town import load
from parvis.operations.town.reading import TownFileError
from tests.town.conftest import Change

pytestmark = pytest.mark.django_db

MISTAKES = {
    "anchor on another weekday": (
        "collections.yaml",
        "anchor: 2026-01-08",
        "anchor: 2026-01-07",
        "collections.yaml, ordures, rules entry 1: the anchor 2026-01-07 is no thu",
    ),
    "weekday without anchor": (
        "collections.yaml",
        "anchor: 2026-01-08, ",
        "",
        "ordures, rules entry 1: give 'weekday', 'every' (weeks) and 'anchor'",
    ),
    "calendar without an end": (
        "collections.yaml",
        ", valid_to: 2026-12-31,\n       source: &regie",
        ",\n       source: &regie",
        "ordures, rules entry 1: 'valid_to' is missing",
    ),
    "unknown sector": (
        "collections.yaml",
        "sectors: [lac]",
        "sectors: [lacs]",
        "'sectors' names an unknown collection sector: 'lacs'; did you mean 'lac'?",
    ),
    "day moved when nothing passes": (
        "collections.yaml",
        "day: 2025-12-25, to",
        "day: 2025-12-24, to",
        "collections.yaml, ordures: 'changes' moves or cancels 2025-12-24, a day when nothing passes there",
    ),
    "day moved nowhere": (
        "collections.yaml",
        ", to: 2025-12-26",
        "",
        "ordures, changes 2025-12-25: 'to' says where a moved day goes",
    ),
    "no source and no example": (
        "collections.yaml",
        "- {dates: [2026-05-14, 2026-10-15], valid_from: 2026-01-01, valid_to: 2026-12-31, source: *regie",
        "- {dates: [2026-05-14, 2026-10-15], valid_from: 2026-01-01, valid_to: 2026-12-31",
        "encombrants, rules entry 1, source: 'title' is missing",
    ),
    "last moment without an hour": (
        "collections.yaml",
        '    time: "17:00"\n',
        "",
        "encombrants, book: 'weekday' and 'time' of the last moment to reserve go together",
    ),
    "hour that is none": (
        "collections.yaml",
        'out_by: "06:30"',
        "out_by: 6:30",
        "collections.yaml, ordures: 'out_by' must be a time of day in quotes",
    ),
    "date that is none": (
        "collections.yaml",
        "dates: [2026-05-14, 2026-10-15]",
        "dates: [2026-05-14, octobre]",
        "'dates' must be a list of dates such as 2026-12-24",
    ),
    "season that is none": (
        "winter.yaml",
        'from: "11-15"',
        'from: "15-11"',
        "winter.yaml: 'season' must hold two days such as",
    ),
    "winter without hours": (
        "winter.yaml",
        'banned: {from: "23:00", until: "07:00"}\n',
        "",
        "winter.yaml, banned: 'from' is missing",
    ),
    "notice in two places": (
        "works.yaml",
        "  street: rang du Lac\n",
        "  street: rang du Lac\n  sector: lac\n",
        "works.yaml, rang-du-lac: give one place: 'street', 'sector' or 'polygon'",
    ),
    "notice on an unknown street": (
        "works.yaml",
        "street: rang du Lac",
        "street: rang du Lacs",
        "'street' names an unknown street: 'rang du Lacs'; did you mean 'rang du Lac'?",
    ),
    "notice that ends before it begins": (
        "works.yaml",
        "last_day: 2026-11-30",
        "last_day: 2026-10-30",
        "works.yaml, rang-du-lac: 'last_day' (2026-10-30) comes before 'first_day' (2026-11-02)",
    ),
    "works without an end": (
        "works.yaml",
        "  last_day: 2026-11-30\n",
        "",
        "works.yaml, rang-du-lac: 'last_day' is missing",
    ),
    "polygon that is open": (
        "works.yaml",
        ", [-74.411, 46.1095]]]}",
        "]]}",
        "works.yaml, village-eau: 'polygon' must be a closed Polygon",
    ),
    "boiled water without what to do": (
        "works.yaml",
        "kind: water_cut",
        "kind: boil_water",
        "works.yaml, village-eau: 'details' is missing",
    ),
    "unknown door": (
        "collections.yaml",
        "  door: accueil",
        "  door: acceuil",
        "'door' names an unknown department: 'acceuil'; did you mean 'accueil'?",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_named_and_nothing_is_loaded(village: Path, change: Change, mistake: str) -> None:
    file, old, new, said = MISTAKES[mistake]
    change(file, old, new)

    with pytest.raises(TownFileError) as refused:
        load.load(village, demo=True)

    assert said in "\n".join(refused.value.problems)
    assert not Town.objects.exists()
