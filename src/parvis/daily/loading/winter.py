"""The rule of winter parking as winter.yaml gives it, brought into the database."""

from dataclasses import dataclass
from datetime import time

from parvis.daily.loading.collections import SourceData, source_values
from parvis.daily.models import WinterRule
from parvis.directory.models import Department
from parvis.lib.sync import Tally, sync_rows


@dataclass(frozen=True)
class WinterData:
    """Season as two "MM-DD", hours, who decides and which line tells it; `lots` in French and in English."""

    season: tuple[str, str]
    banned: tuple[time, time]
    decided: tuple[time, time]
    every_night: bool
    line: str
    page: str
    owner: str
    lots: tuple[tuple[str, ...], tuple[str, ...]]
    source: SourceData


def load_winter(*, winter: WinterData | None) -> Tally:
    """Bring the one rule to the file; without a file there is none. What was declared stays."""
    if winter is None:
        return sync_rows(WinterRule.objects.all(), ("pk",), [], gone="delete")
    values = source_values(winter.source) | {
        "pk": 1,
        "season_first": winter.season[0],
        "season_last": winter.season[1],
        "banned_from": winter.banned[0],
        "banned_until": winter.banned[1],
        "decided_from": winter.decided[0],
        "decided_by": winter.decided[1],
        "every_night": winter.every_night,
        "line": winter.line,
        "page": winter.page,
        "owner_id": Department.objects.values_list("pk", flat=True).get(slug=winter.owner),
        "lots_fr": list(winter.lots[0]),
        "lots_en": list(winter.lots[1]),
    }
    return sync_rows(WinterRule.objects.all(), ("pk",), [values], gone="delete")
