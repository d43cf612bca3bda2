"""Loads subjects, their questions and example questions, and routing rules from a town's files."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction

from parvis.apps.catalogue.models import ExampleQuestion, Group, Question, RoutingRule, Subject
from parvis.apps.catalogue.schemas import ChoiceData, GroupData, RuleData, SubjectData
from parvis.apps.directory.models import Department, User
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.ingest.fields import columns


@transaction.atomic
def load_catalogue(
    *, groups: Sequence[GroupData], subjects: Sequence[SubjectData], rules: Sequence[RuleData]
) -> dict[str, UpsertCounts]:
    """Syncs groups, subjects and rules with the files; idempotent.

    A subject no longer named is deactivated, since cases may refer to it. Example questions confirmed in the product
    stay. An owner without an account is left out of the rule.
    """
    group_rows = [columns(group) | {"position": position} for position, group in enumerate(groups)]
    counts = {"groups": sync_rows(Group.objects.all(), ("slug",), group_rows, gone="leave")}
    counts["subjects"] = sync_rows(Subject.objects.all(), ("slug",), list(_subjects(subjects)), gone="deactivate")
    ids = dict(Subject.objects.values_list("slug", "pk"))
    key = ("subject_id", "key")
    counts["questions"] = sync_rows(Question.objects.all(), key, list(_questions(subjects, ids)), gone="delete")
    counts["variants"] = _load_variants(subjects, ids)
    counts["rules"] = sync_rows(
        RoutingRule.objects.filter(from_town_file=True), ("name",), list(_rules(rules)), gone="delete"
    )
    unused = Group.objects.exclude(slug__in=[group.slug for group in groups]).filter(subjects__isnull=True)
    counts["groups"] += UpsertCounts(removed=unused.delete()[0])
    return counts


def _subjects(subjects: Sequence[SubjectData]) -> Iterator[dict[str, Any]]:
    groups = dict(Group.objects.values_list("slug", "pk"))
    departments = dict(Department.objects.values_list("slug", "pk"))
    for position, subject in enumerate(subjects):
        yield (
            columns(subject, "group", "department", "level_up", "door", "aliases", "restricted_to")
            | columns(subject.promise)
            | {
                "group_id": groups[subject.group],
                "department_id": departments[subject.department],
                "level_up_id": departments.get(subject.level_up),
                "external_body_id": departments.get(subject.door),
                "restricted_to": [{"department": post.department, "role": post.role} for post in subject.restricted_to],
                "position": position,
                "active": True,
            }
        )


def _questions(subjects: Sequence[SubjectData], ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for subject in subjects:
        for position, question in enumerate(subject.questions):
            yield columns(question) | {
                "subject_id": ids[subject.slug],
                "choices": [_choice(choice) for choice in question.choices],
                "position": position,
            }


def _choice(choice: ChoiceData) -> dict[str, object]:
    """A choice as it is stored, its other names only when it has some."""
    return {"value": choice.value, **choice.label.by_language} | (
        {"aliases": list(choice.aliases)} if choice.aliases else {}
    )


def _load_variants(subjects: Sequence[SubjectData], ids: Mapping[str, int]) -> UpsertCounts:
    """Loads the example questions, aliases as French ones; texts already confirmed in the product are skipped."""
    key = ("subject_id", "language", "text")
    confirmed = set(ExampleQuestion.objects.filter(from_town_file=False).values_list(*key))
    wanted: dict[tuple[int, str, str], dict[str, Any]] = {}
    for subject in subjects:
        texts = subject.variants.by_language | {"fr": (*subject.variants.fr, *subject.aliases)}
        for language, examples in texts.items():
            for text in examples:
                row = (ids[subject.slug], language, text)
                if row not in confirmed:
                    wanted[row] = {**dict(zip(key, row, strict=True)), "from_town_file": True}
    return sync_rows(ExampleQuestion.objects.filter(from_town_file=True), key, wanted.values(), gone="delete")


def _rules(rules: Sequence[RuleData]) -> Iterator[dict[str, Any]]:
    departments = dict(Department.objects.values_list("slug", "pk"))
    people = dict(User.objects.values_list("username", "pk"))
    for position, rule in enumerate(rules):
        yield columns(rule, "to", "owner") | {
            "position": position,
            "to_id": departments[rule.to],
            "owner_id": people.get(rule.owner),
        }
