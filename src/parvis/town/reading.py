"""The whole folder of a town, read and checked before anything is written."""

from dataclasses import dataclass, field
from pathlib import Path

from parvis.catalogue.loading import GroupData, RuleData, SubjectData
from parvis.daily.loading.collections import StreamData
from parvis.daily.loading.transit import TransitData
from parvis.daily.loading.winter import WinterData
from parvis.daily.loading.works import WorksData
from parvis.directory.loading import DepartmentData, StaffData, TownData
from parvis.directory.models import Department
from parvis.knowledge.loading import AnswerData, DangerData, ElsewhereData, FactData, GuideData, SiblingsData
from parvis.lib.errors import Refused
from parvis.places.loading import AddressData, SectorData, SegmentData, StreetData
from parvis.residents.loading import DisclosureData
from parvis.town.days import read_collections
from parvis.town.disclosures import read_disclosures
from parvis.town.elsewhere import read_elsewhere, read_siblings
from parvis.town.entries import Problems
from parvis.town.folder import Folder
from parvis.town.guides import read_guides
from parvis.town.map import read_addresses, read_sectors, read_segments, read_streets
from parvis.town.people import read_departments, read_staff, read_town
from parvis.town.subjects import read_groups, read_rules, read_subjects, read_synonyms
from parvis.town.transit import read_transit
from parvis.town.variants import Variants
from parvis.town.winter import read_winter
from parvis.town.words import read_answers, read_danger, read_facts
from parvis.town.works import read_works

SHOWN = 40
COLLECTION = "collecte"


class TownFileError(Refused):
    """The folder cannot be loaded; `problems` holds each mistake as "file, entry: what is wrong"."""

    code = "town-file"
    status = 422

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.problems = problems
        more = [f"... and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        many = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        listed = "\n".join(f"- {problem}" for problem in problems[:SHOWN] + more)
        super().__init__(f"{path} cannot be loaded, {many}:\n{listed}")


@dataclass(frozen=True)
class TownFiles:
    """Everything a town's folder says. `warnings` are things to mend that do not prevent loading."""

    town: TownData
    departments: list[DepartmentData]
    staff: list[StaffData]
    groups: list[GroupData]
    subjects: list[SubjectData]
    rules: list[RuleData]
    sectors: list[SectorData]
    streets: list[StreetData]
    segments: list[SegmentData]
    addresses: list[AddressData]
    collections: list[StreamData]
    winter: WinterData | None
    works: list[WorksData]
    transit: TransitData | None
    facts: list[FactData]
    answers: list[AnswerData]
    synonyms: list[tuple[str, str, str]]
    danger: DangerData | None
    elsewhere: list[ElsewhereData]
    siblings: list[SiblingsData]
    guides: list[GuideData]
    disclosures: list[DisclosureData]
    warnings: list[str] = field(default_factory=list)


def read(path: Path) -> TownFiles:
    """Read a town's folder; TownFileError with every mistake found in it, so that all can be mended at once."""
    if not (path / "town.yaml").is_file():
        raise TownFileError(path, ["this is no town's folder: it holds no town.yaml"])
    problems = Problems()
    folder = Folder(path, problems)
    usernames = _names(folder, "staff", "username")
    departments = read_departments(folder, usernames)
    slugs = [department.slug for department in departments]
    externals = [department.slug for department in departments if department.kind == Department.Kind.EXTERNAL]
    sectors, streets = read_sectors(folder), read_streets(folder)
    groups, facts = read_groups(folder), read_facts(folder, slugs, [sector.slug for sector in sectors])
    keys = [fact.key for fact in facts]
    variants = Variants(folder)
    subjects = read_subjects(folder, [group.slug for group in groups], slugs, externals, variants)
    known = [subject.slug for subject in subjects]
    elsewhere = read_elsewhere(folder, known, variants)
    variants.check_owners({*known, *(data.slug for data in elsewhere)})
    answerable = [subject.slug for subject in subjects if subject.answerable]
    found = TownFiles(
        town=read_town(folder, keys),
        departments=departments,
        staff=read_staff(folder, slugs, usernames),
        groups=groups,
        subjects=subjects,
        rules=read_rules(
            folder,
            subjects=known,
            sectors=[sector.slug for sector in sectors],
            streets=[street.name for street in streets],
            departments=slugs,
            usernames=usernames,
        ),
        sectors=sectors,
        streets=streets,
        segments=read_segments(folder, [s.name for s in streets], sectors),
        addresses=read_addresses(folder, [s.name for s in streets], [s.slug for s in sectors]),
        collections=read_collections(folder, slugs, [s.slug for s in sectors if s.kind == COLLECTION]),
        winter=read_winter(folder, slugs),
        transit=read_transit(folder, slugs),
        works=read_works(
            folder,
            streets=[street.name for street in streets],
            sectors=[sector.slug for sector in sectors],
            departments=slugs,
        ),
        facts=facts,
        answers=read_answers(folder, subjects=answerable, facts=keys, departments=slugs),
        synonyms=read_synonyms(folder),
        danger=read_danger(folder),
        elsewhere=elsewhere,
        siblings=read_siblings(folder, known),
        guides=read_guides(folder, subjects=answerable, facts=keys, departments=slugs),
        disclosures=read_disclosures(folder, known),
    )
    _check_related(found, problems)
    if problems.found:
        raise TownFileError(path, problems.found)
    found.warnings.extend(_warn(found))
    return found


def _names(folder: Folder, file: str, label: str) -> list[str]:
    """The names that a file defines, read ahead of it; its mistakes are noted when it is read for good."""
    quiet = Folder(folder.path, Problems())
    return [str(entry.raw[label]) for entry in quiet.many(file, label, required=False) if label in entry.raw]


def _check_related(found: TownFiles, problems: Problems) -> None:
    subjects = {subject.slug for subject in found.subjects}
    for answer in found.answers:
        for slug in answer.related:
            if slug not in subjects:
                problems.add(f"answers/{answer.subject}.fr.md", "", f"'related' names an unknown subject: {slug!r}")


def _warn(found: TownFiles) -> list[str]:
    answered = {answer.subject: answer for answer in found.answers}
    warnings = [
        f"subject {subject.slug} is answerable but has no answer yet"
        for subject in found.subjects
        if subject.answerable and subject.slug not in answered
    ]
    if found.town.english != "off":
        missing = [slug for slug, answer in answered.items() if not answer.texts["short"][1]]
        warnings += [f"answer {slug} has no English" for slug in missing]
    return warnings
