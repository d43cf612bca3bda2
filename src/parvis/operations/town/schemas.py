"""The schema of each file of a town, and its JSON Schema for editors."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import Field

from parvis.apps.calculators.schemas import CommonGuideFile, GuideFile
from parvis.apps.catalogue.models import Channel, Nature
from parvis.apps.catalogue.schemas import GroupData, RuleData, SubjectData, Wait
from parvis.apps.content.schemas import DangerData, ElsewhereData, FactData, SiblingsData, SynonymsData
from parvis.apps.directory.rules.language_policy import SAFETY
from parvis.apps.directory.schemas import CalendarData, DepartmentData, StaffData, TownData
from parvis.apps.leisure.schemas import LeisureFile
from parvis.apps.mail.schemas import MailboxData
from parvis.apps.outreach.schemas import MessageTemplateData
from parvis.apps.places.schemas import NeighbouringTownData
from parvis.apps.privacy.schemas import CollectionData
from parvis.apps.residents.schemas import DisclosureData
from parvis.apps.retention.schemas import PeriodData
from parvis.apps.schedules.schemas import StreamData, TransitData, WinterData, WorksData
from parvis.apps.workspace.schemas import PhraseData
from parvis.lib.errors import Invalid
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names, duplicates


class CalendarFile(CalendarData):
    """calendar.yaml."""

    longest_wait: Wait = "20d"


class GroundData(Entry, named_by="slug", noun="ground"):
    """A legal ground for using English, and what it covers: everything, when nothing is named."""

    slug: Annotated[f.Slug, f.Most(40)]
    name: Annotated[f.Both, f.Most(120)]
    source: f.Text
    lasting: f.Flag = False
    days: Annotated[f.Number, Field(ge=0)] = 0
    channels: Annotated[f.Several, f.OneOf(Channel.values)] = ()
    kinds: Annotated[f.Several, f.OneOf([*Nature.values, SAFETY])] = ()


class LanguageFile(Entry):
    """language.yaml: the grounds on which the town may use English."""

    source: f.Text
    example: f.Flag = False
    grounds: tuple[GroundData, ...] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Grounds must be unique."""
        yield from duplicates(self.grounds, "grounds")

    @property
    def rule(self) -> dict[str, Any]:
        """The value of `Town.language_rule`."""
        return f.columns(self) | {"grounds": [f.columns(ground) for ground in self.grounds]}


LISTS: dict[str, type[Entry]] = {
    "collections": StreamData,
    "departments": DepartmentData,
    "disclosures": DisclosureData,
    "elsewhere": ElsewhereData,
    "facts": FactData,
    "groups": GroupData,
    "mailboxes": MailboxData,
    "messages": MessageTemplateData,
    "neighbours": NeighbouringTownData,
    "phrases": PhraseData,
    "privacy": CollectionData,
    "retention": PeriodData,
    "routing": RuleData,
    "siblings": SiblingsData,
    "staff": StaffData,
    "subjects": SubjectData,
    "works": WorksData,
}
WHOLE: dict[str, type[Entry]] = {
    "calendar": CalendarFile,
    "dangers": DangerData,
    "guides": GuideFile,
    "guides-common": CommonGuideFile,
    "language": LanguageFile,
    "leisure": LeisureFile,
    "synonyms": SynonymsData,
    "town": TownData,
    "transit": TransitData,
    "winter": WinterData,
}
FAMILIES = tuple(sorted({*LISTS, *WHOLE}))


def family_of(file: str) -> str:
    """The family of a file, by its name or its folder's; Invalid when a town has no such file."""
    path = PurePath(file)
    if path.parent.name == "guides" and path.stem == "common":
        return "guides-common"
    for name in (path.parent.name, path.stem):
        if name in FAMILIES:
            return name
    raise Invalid(f"A town has no file {file}: its YAML files are {', '.join(FAMILIES)}.")


def json_schema(family: str) -> dict[str, Any]:
    """The JSON Schema of a family of files: shapes and values, without references to other files."""
    model = LISTS.get(family) or WHOLE[family]
    schema = model.model_json_schema(by_alias=True)
    if family in LISTS:
        definitions = schema.pop("$defs", {})
        schema = {"type": "array", "items": schema, "$defs": definitions}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"{family}.yaml"} | schema
