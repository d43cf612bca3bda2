"""Reading and validation of a town's whole folder."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parvis.apps.catalogue.schemas import GroupData, RuleData, SubjectData
from parvis.apps.content.loading import AnswerData, GuideData
from parvis.apps.content.schemas import (
    AnswerFile,
    DangerData,
    ElsewhereData,
    FactData,
    FrenchAnswerFile,
    SiblingsData,
    SynonymsData,
)
from parvis.apps.directory.models import Department
from parvis.apps.directory.schemas import CalendarData, DepartmentData, StaffData, TownData
from parvis.apps.leisure.schemas import LeisureFile
from parvis.apps.mail.schemas import MailboxData
from parvis.apps.outreach.schemas import MessageTemplateData
from parvis.apps.places.rules.sides import Side, contradictions
from parvis.apps.places.schemas import (
    AddressData,
    LandmarkData,
    NeighbouringTownData,
    ParkData,
    SectorData,
    SegmentData,
    StreetData,
    StreetLineData,
    WaterData,
)
from parvis.apps.privacy.schemas import CollectionData
from parvis.apps.residents.schemas import DisclosureData
from parvis.apps.retention.schemas import PeriodData
from parvis.apps.schedules.schemas import StreamData, TransitData, WinterData, WorksData
from parvis.apps.workspace.schemas import PhraseData
from parvis.lib.errors import Refused
from parvis.lib.ingest.entries import Mistake, Names, nearest
from parvis.lib.ingest.problems import Problem, Problems, by_cause
from parvis.operations.town.folder import Folder
from parvis.operations.town.guides import read_guides
from parvis.operations.town.reader import RawEntry, Reader, names
from parvis.operations.town.schemas import LISTS, CalendarFile, LanguageFile
from parvis.operations.town.variants import Variants

SHOWN = 40
COLLECTION = "collecte"


class TownFileError(Refused):
    """The folder cannot be loaded; `problems` lists each one as "file, entry: message".

    The message gathers them by cause, the first SHOWN causes; `in_full` holds each one.
    """

    code = "town-file"
    status = 422

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.problems = [str(problem) for problem in problems]
        causes = by_cause(problems)
        title = f"{path} cannot be loaded, {_count(len(problems), 'mistake')}"
        few = [f"{title} of {_count(len(causes), 'kind')}" if len(causes) < len(problems) else title]
        few[0] += ", the first ones first:" if len(causes) > 1 else ":"
        few += [f"- {cause}" for cause in causes[:SHOWN]]
        if len(causes) > SHOWN:
            few.append(f"... and {len(causes) - SHOWN} other kinds")
        if len(causes) < len(problems) or len(causes) > SHOWN:
            few.append("Each of them: parvis load-town --all")
        self.in_full = "\n".join([f"{title}:", *(f"- {problem}" for problem in self.problems)])
        super().__init__("\n".join(few))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


@dataclass(frozen=True)
class TownFiles:
    """The contents of a town's folder. `warnings` do not prevent loading."""

    town: TownData
    calendar: CalendarData
    language: dict[str, Any]
    departments: list[DepartmentData]
    staff: list[StaffData]
    groups: list[GroupData]
    subjects: list[SubjectData]
    rules: list[RuleData]
    sectors: list[SectorData]
    streets: list[StreetData]
    segments: list[SegmentData]
    addresses: list[AddressData]
    water: list[WaterData]
    parks: list[ParkData]
    landmarks: list[LandmarkData]
    neighbours: list[NeighbouringTownData]
    street_lines: list[StreetLineData]
    collections: list[StreamData]
    winter: WinterData | None
    works: list[WorksData]
    transit: TransitData | None
    timetable: Path | None
    facts: list[FactData]
    answers: list[AnswerData]
    synonyms: SynonymsData | None
    danger: DangerData | None
    elsewhere: list[ElsewhereData]
    siblings: list[SiblingsData]
    guides: list[GuideData]
    disclosures: list[DisclosureData]
    phrases: list[PhraseData]
    mailboxes: list[MailboxData]
    messages: list[MessageTemplateData]
    leisure: LeisureFile | None
    retention: list[PeriodData]
    privacy: list[CollectionData]
    warnings: list[str] = field(default_factory=list)


REQUIRED = ("departments", "groups", "subjects", "facts")
SEGMENT = ("street", "from", "to", "parity", "kind", "sector")
ADDRESS = ("civic", "street", "unit", "postal", "sector", "lat", "lon", "flags")


def read(path: Path, *, workers: Mapping[str, Collection[str]] | None = None) -> TownFiles:
    """Reads a town's folder; TownFileError with every problem found, so that all can be fixed at once.

    `workers` are the real accounts by user name, each with the departments (slugs) on whose requests it works: a head
    is one of them, or of staff.yaml. None: whether heads have an account is not known, and not checked.
    """
    if not (path / "town.yaml").is_file():
        raise TownFileError(path, [Problem(str(path), "", "this is no town's folder: it holds no town.yaml")])
    problems = Problems()
    folder = Folder(path, problems)
    files = {name: folder.many(name, model.named_by, required=name in REQUIRED) for name, model in LISTS.items()}
    files["sectors"] = folder.geojson("sectors")
    files["streets"] = folder.table("streets", ("street", "owner", "note"))
    known = _known(files, folder.unread)
    reader = Reader(problems, known)
    if workers is not None:
        _check_heads(reader, files["departments"], workers)
    town_files = _read(reader, folder, files)
    if problems.found or town_files is None:
        raise TownFileError(path, problems.found)
    town_files.warnings.extend(_warn(town_files))
    return town_files


def _known(files: Mapping[str, Sequence[RawEntry]], unread: Collection[str]) -> Names:
    """The names that entries may refer to, read before validation: an invalid entry's name is still known.

    Those of a file that could not be read are left out: no reference to them is a mistake of its own.
    """
    sectors, departments, subjects = files["sectors"], files["departments"], files["subjects"]
    defined = {
        "person": ("staff", names(files["staff"], "username")),
        "department": ("departments", names(departments, "slug")),
        "outside body": ("departments", names(departments, "slug", kind=Department.Kind.EXTERNAL)),
        "group": ("groups", names(files["groups"], "slug")),
        "fact": ("facts", names(files["facts"], "key")),
        "subject": ("subjects", names(subjects, "slug")),
        "answerable subject": ("subjects", names(subjects, "slug", answerable=True)),
        "street": ("streets", set(names(files["streets"], "street"))),
        "sector": ("sectors", names(sectors, "slug")),
        "collection sector": ("sectors", names(sectors, "slug", kind=COLLECTION)),
    }
    return {kind: accepted for kind, (file, accepted) in defined.items() if file not in unread}


def _check_heads(reader: Reader, departments: Sequence[RawEntry], workers: Mapping[str, Collection[str]]) -> None:
    """Every head is of staff.yaml, or has a real account that works on the requests of the department."""
    samples = reader.known.get("person")
    for entry in departments:
        head = entry.raw.get("head") if isinstance(entry.raw, dict) else None
        if not isinstance(head, str) or not head or samples is None or head in samples:
            continue
        slug = str(entry.raw.get("slug"))
        if slug in workers.get(head, ()):
            continue
        words = (
            f"'head' names {head!r}, who has no role that works on the requests of this department"
            if head in workers
            else f"'head' names an unknown person: {head!r}{nearest(head, {*samples, *workers})}"
        )
        words += " Otherwise leave" if words.endswith("?") else "; leave"
        advice = f"'head' out, load, then: parvis add-staff {head} --department {slug} --role manager --head"
        reader.wrong(DepartmentData, entry, Mistake(f"{words} {advice}"))


def _read(reader: Reader, folder: Folder, files: Mapping[str, Sequence[RawEntry]]) -> TownFiles | None:
    """Reads everything; None without a valid town or calendar. The reader records the problems."""
    problems, known = reader.problems, reader.known
    departments = reader.each(DepartmentData, files["departments"])
    desks = names(files["departments"], "slug", kind=Department.Kind.DESK)
    if len(desks) != 1 and "department" in known:
        problems.add("departments.yaml", "", f"exactly one department must be of kind 'desk', not {len(desks)}")
    variants = Variants(folder)
    groups = reader.each(GroupData, files["groups"])
    rank = {group.slug: position for position, group in enumerate(groups)}
    subjects = [variants.with_files(subject) for subject in reader.each(SubjectData, files["subjects"])]
    elsewhere = [variants.with_files(data) for data in reader.each(ElsewhereData, files["elsewhere"])]
    if "subject" in known and "elsewhere" not in folder.unread:
        variants.check_owners({*known["subject"], *names(files["elsewhere"], "slug")})
    sectors = reader.each(SectorData, files["sectors"])
    transit, timetable = _transit(reader, folder)
    town, calendar = reader.one(TownData, folder.one("town")), reader.one(CalendarFile, folder.one("calendar"))
    language = reader.one(LanguageFile, folder.one("language", required=False))
    parts: dict[str, Any] = {
        "departments": departments,
        "groups": groups,
        "subjects": sorted(subjects, key=lambda subject: rank.get(subject.group, len(rank))),
        "elsewhere": elsewhere,
        "sectors": sectors,
        "language": language.rule if language else {},
        "transit": transit,
        "timetable": timetable,
        "staff": reader.each(StaffData, files["staff"]),
        "rules": reader.each(RuleData, files["routing"]),
        "streets": reader.each(StreetData, files["streets"]),
        "segments": _segments(reader, folder, sectors),
        "addresses": reader.each(AddressData, folder.table("addresses", ADDRESS, optional=("example",))),
        "water": reader.each(WaterData, folder.geojson("water")),
        "parks": reader.each(ParkData, folder.geojson("parks")),
        "landmarks": reader.each(LandmarkData, folder.geojson("landmarks")),
        "neighbours": reader.each(NeighbouringTownData, files["neighbours"]),
        "street_lines": reader.each(StreetLineData, folder.geojson("streets", "street")),
        "collections": reader.each(StreamData, files["collections"]),
        "winter": reader.one(WinterData, folder.one("winter", required=False)),
        "works": reader.each(WorksData, files["works"]),
        "facts": reader.each(FactData, files["facts"]),
        "answers": _answers(reader, folder),
        "synonyms": reader.one(SynonymsData, folder.one("synonyms", required=False)),
        "danger": reader.one(DangerData, folder.one("dangers", required=False)),
        "siblings": reader.each(SiblingsData, files["siblings"]),
        "guides": read_guides(reader, folder.each("guides"), known.get("answerable subject")),
        "disclosures": reader.each(DisclosureData, files["disclosures"]),
        "phrases": reader.each(PhraseData, files["phrases"]),
        "mailboxes": reader.each(MailboxData, files["mailboxes"]),
        "messages": reader.each(MessageTemplateData, files["messages"]),
        "privacy": reader.each(CollectionData, files["privacy"]),
        "retention": reader.each(PeriodData, files["retention"]),
        "leisure": reader.one(LeisureFile, folder.one("leisure", required=False)),
    }
    return TownFiles(town=town, calendar=calendar, **parts) if town and calendar else None


def _transit(reader: Reader, folder: Folder) -> tuple[TransitData | None, Path | None]:
    """The town's transit information, and its example timetable."""
    entry = folder.one("transit", required=False)
    transit = reader.one(TransitData, entry)
    if transit is None or entry is None or not transit.example_feed:
        return transit, None
    path = folder.path / transit.example_feed
    if path.suffix != ".zip" or path.parent != folder.path or not path.is_file():
        words = f"'example_feed' must be a ZIP file of this folder, not {transit.example_feed!r}"
        reader.wrong(TransitData, entry, Mistake(words))
    return transit, path


def _segments(reader: Reader, folder: Folder, sectors: Sequence[SectorData]) -> list[SegmentData]:
    """The street segments, if there is such a file. Two of them may not put a house in two sectors of one kind."""
    if not (folder.path / "segments.csv").is_file():
        return []
    placed = reader.placed(SegmentData, folder.table("segments", SEGMENT, optional=("side", "example")))
    kinds = {sector.slug: sector.kind for sector in sectors}
    segments = [segment for segment, _entry in placed]
    for segment, entry in placed:
        if segment.kind != kinds.get(segment.sector, segment.kind):
            words = f"'kind' must be that of the sector, {kinds[segment.sector]}, not {segment.kind!r}"
            reader.wrong(SegmentData, entry, Mistake(words))
    sides = [(s.street, kinds.get(s.sector, ""), Side(s.first, s.last, s.parity), s.sector) for s in segments]
    for first, second in contradictions(sides):
        segment, entry = placed[second]
        words = f"{segment.street}: {placed[first][1].name} puts some of these numbers in another sector"
        reader.wrong(SegmentData, entry, Mistake(words))
    return segments


def _answers(reader: Reader, folder: Folder) -> list[AnswerData]:
    """The standard answers; the French file of each is required, the English one optional."""
    files: dict[str, dict[str, RawEntry]] = {}
    for subject, lang, entry in folder.answers():
        if subject not in reader.known.get("answerable subject", (subject,)):
            reader.wrong(AnswerFile, entry, Mistake(f"there is no subject {subject!r} that is answerable"))
        files.setdefault(subject, {})[lang] = entry
    answers = []
    for subject, by_lang in files.items():
        english = reader.one(AnswerFile, by_lang.get("en"))
        if "fr" not in by_lang:
            words = "has no French twin: answers are written in French first"
            reader.wrong(AnswerFile, by_lang["en"], Mistake(words))
        french = reader.one(FrenchAnswerFile, by_lang.get("fr"))
        if french is None:
            continue
        if english and english.facts not in ((), french.facts):
            words = "'facts' must be the same as in the French file, or left out"
            reader.wrong(AnswerFile, by_lang["en"], Mistake(words))
        answers.append(AnswerData(subject, french, english))
    return answers


def _warn(town_files: TownFiles) -> list[str]:
    answered = {answer.subject: answer for answer in town_files.answers}
    warnings = [
        f"subject {subject.slug} is answerable but has no answer yet"
        for subject in town_files.subjects
        if subject.answerable and subject.slug not in answered
    ]
    if town_files.town.english != "off":
        missing = [slug for slug, answer in answered.items() if not answer.texts["short"][1]]
        warnings += [f"answer {slug} has no English" for slug in missing]
    return warnings
