"""Subjects, their questions and variants, and the routing rules, as a town's files give them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from parvis.catalogue.models import Group, Question, RoutingRule, Subject, Variant
from parvis.directory.models import Department, User
from parvis.lib.languages import LANGUAGES
from parvis.lib.sync import Tally, sync_rows

Texts = tuple[str, str]


@dataclass(frozen=True)
class GroupData:
    """A family of subjects; the order of the file is the order of the screens."""

    slug: str
    title: Texts


@dataclass(frozen=True)
class QuestionData:
    """Something asked before a case is opened; `choices` are {value, fr, en}."""

    key: str
    kind: str
    label: Texts
    hint: Texts
    required: bool
    choices: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class SubjectData:
    """A subject with its owner (department slug), its promises, its questions and the ways people ask about it."""

    slug: str
    title: Texts
    group: str
    icon: str
    answerable: bool
    routable: bool
    department: str
    nature: str
    place: str
    urgent: bool
    ack: str
    target: str
    proof: str
    level_up: str
    door: str
    questions: tuple[QuestionData, ...]
    variants: tuple[tuple[str, ...], tuple[str, ...]]
    aliases: tuple[str, ...]
    computed: tuple[str, ...] = ()
    wait: str = ""


@dataclass(frozen=True)
class RuleData:
    """A routing rule; empty criteria accept anything; `to` is a department slug, `owner` a username or ""."""

    name: str
    subjects: tuple[str, ...]
    sectors: tuple[str, ...]
    streets: tuple[str, ...]
    street_owners: tuple[str, ...]
    words: tuple[str, ...]
    audiences: tuple[str, ...]
    natures: tuple[str, ...]
    to: str
    owner: str
    urgent: bool
    why: Texts


@transaction.atomic
def load_catalogue(
    *, groups: Sequence[GroupData], subjects: Sequence[SubjectData], rules: Sequence[RuleData]
) -> dict[str, Tally]:
    """Bring subjects and rules to the files; safe to run again.

    A subject that is no longer named is made inactive, since cases may point at it. Variants that people confirmed in
    the product stay. A rule whose owner has no account here names nobody.
    """
    tallies = {"groups": sync_rows(Group.objects.all(), ("slug",), _groups(groups), gone="leave")}
    tallies["subjects"] = sync_rows(Subject.objects.all(), ("slug",), list(_subjects(subjects)), gone="deactivate")
    ids = dict(Subject.objects.values_list("slug", "pk"))
    key = ("subject_id", "key")
    tallies["questions"] = sync_rows(Question.objects.all(), key, list(_questions(subjects, ids)), gone="delete")
    tallies["variants"] = _load_variants(subjects, ids)
    tallies["rules"] = sync_rows(
        RoutingRule.objects.filter(from_town_file=True), ("name",), list(_rules(rules)), gone="delete"
    )
    unused = Group.objects.exclude(slug__in=[group.slug for group in groups]).filter(subjects__isnull=True)
    tallies["groups"] += Tally(removed=unused.delete()[0])
    return tallies


def _groups(groups: Sequence[GroupData]) -> Iterator[dict[str, Any]]:
    for position, group in enumerate(groups):
        yield {"slug": group.slug, "title_fr": group.title[0], "title_en": group.title[1], "position": position}


def _subjects(subjects: Sequence[SubjectData]) -> Iterator[dict[str, Any]]:
    groups = dict(Group.objects.values_list("slug", "pk"))
    departments = dict(Department.objects.values_list("slug", "pk"))
    for position, subject in enumerate(subjects):
        yield {
            "slug": subject.slug,
            "title_fr": subject.title[0],
            "title_en": subject.title[1],
            "group_id": groups[subject.group],
            "icon": subject.icon,
            "answerable": subject.answerable,
            "routable": subject.routable,
            "department_id": departments[subject.department],
            "nature": subject.nature,
            "place": subject.place,
            "urgent": subject.urgent,
            "ack": subject.ack,
            "target": subject.target,
            "wait": subject.wait,
            "proof": subject.proof,
            "level_up_id": departments.get(subject.level_up),
            "door_id": departments.get(subject.door),
            "computed": list(subject.computed),
            "position": position,
            "active": True,
        }


def _questions(subjects: Sequence[SubjectData], ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for subject in subjects:
        for position, question in enumerate(subject.questions):
            yield {
                "subject_id": ids[subject.slug],
                "key": question.key,
                "kind": question.kind,
                "label_fr": question.label[0],
                "label_en": question.label[1],
                "hint_fr": question.hint[0],
                "hint_en": question.hint[1],
                "required": question.required,
                "choices": [dict(choice) for choice in question.choices],
                "position": position,
            }


def _load_variants(subjects: Sequence[SubjectData], ids: Mapping[str, int]) -> Tally:
    """Aliases are loaded as French variants. A text that someone confirmed in the product already stays theirs."""
    key = ("subject_id", "language", "text")
    confirmed = set(Variant.objects.filter(from_town_file=False).values_list(*key))
    wanted: dict[tuple[int, str, str], dict[str, Any]] = {}
    for subject in subjects:
        texts = {"fr": (*subject.variants[0], *subject.aliases), "en": subject.variants[1]}
        for language in LANGUAGES:
            for text in texts[language]:
                entry = (ids[subject.slug], language, text)
                if entry not in confirmed:
                    wanted[entry] = {**dict(zip(key, entry, strict=True)), "from_town_file": True}
    return sync_rows(Variant.objects.filter(from_town_file=True), key, wanted.values(), gone="delete")


def _rules(rules: Sequence[RuleData]) -> Iterator[dict[str, Any]]:
    departments = dict(Department.objects.values_list("slug", "pk"))
    people = dict(User.objects.values_list("username", "pk"))
    for position, rule in enumerate(rules):
        yield {
            "position": position,
            "name": rule.name,
            "subjects": list(rule.subjects),
            "sectors": list(rule.sectors),
            "streets": list(rule.streets),
            "street_owners": list(rule.street_owners),
            "words": list(rule.words),
            "audiences": list(rule.audiences),
            "natures": list(rule.natures),
            "to_id": departments[rule.to],
            "owner_id": people.get(rule.owner),
            "urgent": rule.urgent,
            "why_fr": rule.why[0],
            "why_en": rule.why[1],
        }
