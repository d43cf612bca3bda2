"""groups.yaml, subjects.yaml (or subjects/*.yaml), routing.yaml and synonyms.yaml."""

from collections.abc import Mapping, Sequence

from parvis.catalogue.loading import GroupData, QuestionData, RuleData, SubjectData
from parvis.catalogue.models import Audience, Nature, Question, Subject
from parvis.catalogue.promises import parse_duration
from parvis.lib.languages import LANGUAGES
from parvis.places.models import Street
from parvis.town.entries import Entry, note_twice
from parvis.town.folder import Folder
from parvis.town.people import read_wait
from parvis.town.variants import LONGEST_VARIANT, Variants


def read_groups(folder: Folder) -> list[GroupData]:
    """The families of subjects, in the order of the screens."""
    entries = folder.many("groups", "slug")
    found = []
    for entry in entries:
        found.append(GroupData(entry.slug("slug"), entry.both("title", most=120)))
        entry.done()
    note_twice(entries, [group.slug for group in found], "group")
    return found


def read_subjects(
    folder: Folder,
    groups: Sequence[str],
    departments: Sequence[str],
    externals: Sequence[str],
    variants: Variants,
) -> list[SubjectData]:
    """The subjects, in the order of their groups, then of the files; `variants` are those of the text files."""
    entries = folder.many("subjects", "slug")
    found = [_read_subject(entry, groups, departments, externals, variants) for entry in entries]
    note_twice(entries, [subject.slug for subject in found], "subject")
    rank = {slug: position for position, slug in enumerate(groups)}
    return sorted(found, key=lambda subject: rank.get(subject.group, len(rank)))


def _read_subject(
    entry: Entry, groups: Sequence[str], departments: Sequence[str], externals: Sequence[str], more: Variants
) -> SubjectData:
    promise = entry.part("promise")
    variants = entry.part("variants")
    slug = entry.slug("slug")
    questions = entry.parts("questions", "key")
    subject = SubjectData(
        slug=slug,
        title=entry.both("title", most=160),
        group=entry.one_of("group", groups, "group"),
        icon=entry.text("icon", "", most=40),
        answerable=entry.flag("answerable"),
        routable=entry.flag("routable"),
        department=entry.one_of("department", departments, "department"),
        nature=entry.one_of("nature", Nature.values),
        place=entry.one_of("place", Subject.Place.values),
        urgent=entry.flag("urgent", False),
        ack=_read_duration(promise, "ack"),
        target=_read_duration(promise, "target"),
        proof=entry.one_of("proof", Subject.Proof.values, default="none"),
        level_up=entry.one_of("level_up", departments, "department", ""),
        door=entry.one_of("door", externals, "outside body", ""),
        questions=tuple(_read_question(question) for question in questions),
        variants=(
            more.added(slug, "fr", _read_variants(variants, "fr")),
            more.added(slug, "en", _read_variants(variants, "en")),
        ),
        aliases=entry.some_of("aliases"),
        computed=entry.some_of("computed", Subject.Computed.values),
        wait=read_wait(promise, "wait", ""),
    )
    _check_on_call(entry, subject)
    if not subject.answerable and not subject.routable and not subject.door:
        entry.wrong("is neither answerable nor routable, and gives no door: it would lead nowhere")
    note_twice(questions, [question.key for question in subject.questions], "question")
    for part in (promise, variants, entry):
        part.done()
    return subject


def _check_on_call(entry: Entry, subject: SubjectData) -> None:
    """What is on call runs day and night, through holidays: its promise counts hours of the clock."""
    for name, written in (("ack", subject.ack), ("target", subject.target)):
        if subject.urgent and written and not written.endswith("H"):
            entry.wrong(f"is on call ('urgent'), day and night: {name!r} must count clock hours, such as '4H'")


def _read_duration(entry: Entry, name: str) -> str:
    written = entry.text(name)
    if written:
        try:
            parse_duration(written)
        except ValueError as error:
            entry.wrong(f"{name!r}: {error}")
    return written


def _read_question(entry: Entry) -> QuestionData:
    question = QuestionData(
        key=entry.slug("key"),
        kind=entry.one_of("type", Question.Kind.values),
        label=entry.both("label", most=200),
        hint=entry.both("hint", ("", ""), most=200),
        required=entry.flag("required", False),
        choices=tuple(_read_choice(choice) for choice in entry.parts("choices", "value")),
    )
    if (question.kind == Question.Kind.CHOICE) != bool(question.choices):
        entry.wrong("a question of type 'choice', and no other, gives choices")
    entry.done()
    return question


def _read_choice(entry: Entry) -> Mapping[str, str]:
    label = entry.both("label", most=200)
    choice = {"value": entry.slug("value"), "fr": label[0], "en": label[1]}
    entry.done()
    return choice


def _read_variants(entry: Entry, lang: str) -> tuple[str, ...]:
    found = entry.some_of(lang)
    for text in found:
        if len(text) > LONGEST_VARIANT or not text:
            entry.wrong(f"a way of asking must have 1 to {LONGEST_VARIANT} characters: {text[:40]!r}")
    for text in sorted({text for text in found if found.count(text) > 1}):
        entry.wrong(f"the same way of asking is given twice: {text!r}")
    return found


def read_rules(
    folder: Folder,
    *,
    subjects: Sequence[str],
    sectors: Sequence[str],
    streets: Sequence[str],
    departments: Sequence[str],
    usernames: Sequence[str],
) -> list[RuleData]:
    """The routing rules, in the order they are tried."""
    entries = folder.many("routing", "name", required=False)
    found = []
    for entry in entries:
        rule = RuleData(
            name=entry.slug("name"),
            subjects=entry.some_of("subjects", subjects, "subject"),
            sectors=entry.some_of("sectors", sectors, "sector"),
            streets=entry.some_of("streets", streets, "street"),
            street_owners=entry.some_of("street_owners", Street.Owner.values),
            words=entry.some_of("words"),
            audiences=entry.some_of("audiences", Audience.values),
            natures=entry.some_of("natures", Nature.values),
            to=entry.one_of("to", departments, "department"),
            owner=entry.one_of("owner", usernames, "person", ""),
            urgent=entry.flag("urgent", False),
            why=entry.both("why", most=300),
        )
        places = rule.sectors + rule.streets + rule.street_owners
        if not rule.subjects + places + rule.words + rule.audiences + rule.natures:
            entry.wrong("would catch every case: give at least one condition")
        entry.done()
        found.append(rule)
    note_twice(entries, [rule.name for rule in found], "rule")
    return found


def read_synonyms(folder: Folder) -> list[tuple[str, str, str]]:
    """(language, word, meaning) of synonyms.yaml; none when the town gives no such file."""
    if not (folder.path / "synonyms.yaml").is_file():
        return []
    entry = folder.one("synonyms")
    found: list[tuple[str, str, str]] = []
    for lang in LANGUAGES:
        part = entry.part(lang)
        for word in part.raw:
            found.append((lang, str(word), part.text(word, most=60)))
    entry.done()
    return found
