"""Generator of assessment rolls in the province's format, with invented values."""

from collections.abc import Iterable
from pathlib import Path

OWNER = "Gertrude Introuvable"

UNIT = """<RLUEx>
<RL0101><RL0101x>{place}</RL0101x></RL0101>
<RL0103><RL0103x><RL0103Ax>{lot}</RL0103Ax></RL0103x><RL0103x><RL0103Ax>9 999 999</RL0103Ax></RL0103x></RL0103>
<RL0104><RL0104A>{matricule:04d}</RL0104A><RL0104B>86</RL0104B><RL0104C>8189</RL0104C></RL0104>
<RL0105A>1000</RL0105A>
<RL0201><RL0201x><RL0201Ax>{owner}</RL0201Ax><RL0201Gx>2019-05-02</RL0201Gx></RL0201x></RL0201>
<RL0301A>18.29</RL0301A><RL0302A>557.4</RL0302A><RL0306A>2</RL0306A><RL0307A>1987</RL0307A><RL0307B>R</RL0307B>
<RL0308A>{floor}</RL0308A><RL0309A>{link}</RL0309A><RL0311A>1</RL0311A>
<RL0401A>2024-07-01</RL0401A><RL0402A>{land}</RL0402A><RL0403A>{building}</RL0403A><RL0404A>{total}</RL0404A>
<RL0405A>410000</RL0405A>
</RLUEx>
"""


def place(civic: object, name: str, kind: str = "RU", **more: str) -> str:
    """An address as roll XML: `last` is the last civic number, `apartment`, `cardinal`, `suffix`."""
    names = {"suffix": "B", "last": "C", "cardinal": "H", "apartment": "I"}
    values = {"A": str(civic), "E": kind, "G": name, **{names[key]: value for key, value in more.items()}}
    return "".join(f"<RL0101{key}x>{values[key]}</RL0101{key}x>" for key in sorted(values) if values[key])


def unit(matricule: int, where: str, **values: object) -> str:
    """A unit of 150,000 $ of land and 300,000 $ of building, unless said otherwise."""
    plain = {"land": 150_000, "building": 300_000, "total": 450_000, "link": 1, "floor": "142.5"} | values
    return UNIT.format(matricule=matricule, place=where, lot=f"{2_000_000 + matricule}", owner=OWNER, **plain)


def write(path: Path, units: Iterable[str], *, code: str = "01023", year: int = 2026, head: str = "") -> Path:
    """A roll file of these units."""
    with path.open("w", encoding="utf-8") as file:
        file.write(f'<?xml version="1.0" encoding="utf-8"?>{head}\n<RL><VERSION>2.9</VERSION>\n')
        file.write(f"<RLM01A>{code}</RLM01A><RLM02A>{year}</RLM02A>\n")
        file.writelines(units)
        file.write("</RL>\n")
    return path
