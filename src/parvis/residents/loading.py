"""What may be said to whom, as a town's file gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from parvis.lib.sync import Tally, sync_rows
from parvis.residents.models import Disclosure

Texts = tuple[str, str]


@dataclass(frozen=True)
class DisclosureData:
    """One kind of information: {asker: how} it may be told, the check to do, what to say, and the law it rests on."""

    slug: str
    title: Texts
    subjects: tuple[str, ...]
    told: Mapping[str, str]
    check: Texts
    proof: Texts
    anyway: Texts
    refusal: Texts
    source: str
    source_url: str


@transaction.atomic
def load_disclosures(*, disclosures: Sequence[DisclosureData]) -> Tally:
    """Bring the rules to the file; one that is no longer named is shown no more, since checks may point at it."""
    wanted = [_row(position, data) for position, data in enumerate(disclosures)]
    return sync_rows(Disclosure.objects.all(), ("slug",), wanted, gone="deactivate")


def _row(position: int, data: DisclosureData) -> dict[str, Any]:
    row: dict[str, Any] = {"slug": data.slug, "position": position, "active": True, "subjects": list(data.subjects)}
    for name in ("title", "check", "proof", "anyway", "refusal"):
        row[f"{name}_fr"], row[f"{name}_en"] = getattr(data, name)
    return row | {"told": dict(data.told), "source": data.source, "source_url": data.source_url}
