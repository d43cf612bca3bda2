"""The cases of a house as JSON lines that another system can load: `python -m bench.rows FILE`."""

import json
import sys
from pathlib import Path

import django

django.setup()

from parvis.apps.cases.models import Case  # noqa: E402


def line(case: Case) -> dict[str, object]:
    """What another system keeps of a case: title, words, whose, by which department, where it stands, since when."""
    return {
        "title": case.shown_title[:190],
        "body": case.words or case.shown_title,
        "email": (case.person.email if case.person else "") or "personne@exemple.test",
        "department": case.department.slug,
        "state": case.state,
        "reopened": case.level > 0,
        "opened_at": case.opened_at.timestamp(),
    }


def write(path: Path) -> int:
    """Writes every case, the oldest first; how many there were."""
    cases = Case.objects.select_related("subject", "person", "department").order_by("opened_at", "pk")
    with path.open("w", encoding="utf-8") as file:
        return sum(1 for case in cases.iterator(2000) if file.write(f"{json.dumps(line(case), ensure_ascii=False)}\n"))


if __name__ == "__main__":
    print(json.dumps(write(Path(sys.argv[1]))))
