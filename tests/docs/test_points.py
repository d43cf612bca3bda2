"""Every point of acceptance of outreach names the tests that prove it, and they exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (1[23]\.\d+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
NOT_YET = "Not proved yet."
POINTS = [f"12.{number}" for number in range(1, 41)] + [f"13.{number}" for number in range(20, 26)]


def test_each_point_names_tests_that_exist() -> None:
    rows = ROW.findall((ROOT / "docs/build/outreach.md").read_text())
    assert [point for point, _ in rows] == POINTS
    named = [(point, *one) for point, cell in rows for one in re.findall(r"`([\w/.]+)::(\w+)`", cell)]
    assert {point for point, _ in rows} - {point for point, *_ in named} == {p for p, cell in rows if cell == NOT_YET}
    assert [one for one in named if one[2] not in functions(one[1])] == []


def functions(file: str) -> set[str]:
    """The names of the functions of a file of the tests; none when there is no such file."""
    path = ROOT / "tests" / file
    found = ast.parse(path.read_text()).body if path.exists() else []
    return {node.name for node in found if isinstance(node, ast.FunctionDef)}
