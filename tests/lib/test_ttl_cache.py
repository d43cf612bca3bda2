"""The in-process cache: short-lived, and never stale beyond its lifetime."""

from collections.abc import Callable
from typing import Any

import pytest

from parvis.apps.catalogue.models import Question, RoutingRule
from parvis.apps.catalogue.queries.subjects import routable, rules
from parvis.apps.content.models import Notice
from parvis.apps.content.queries.notices import in_force
from parvis.apps.directory.models import Department, Membership
from parvis.apps.directory.queries import departments, posts, town
from parvis.apps.intake.models import Alert
from parvis.apps.intake.queries.alerts import untaken
from parvis.lib import ttl_cache
from parvis.lib.clock import now
from parvis.lib.ttl_cache import TtlCache
from tests.factories import SmallTown, make_question


@pytest.fixture(autouse=True)
def fresh_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ttl_cache, "FRESH_SECONDS", 0.0)


def test_a_value_is_read_again_once_it_is_old_or_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ttl_cache, "FRESH_SECONDS", 3600.0)
    rows = ["a"]
    cached = TtlCache(lambda: list(rows))
    assert cached() == ["a"]
    rows.append("b")
    assert cached() == ["a"]
    cached.forget()
    assert cached() == ["a", "b"]
    rows.append("c")
    monkeypatch.setattr(ttl_cache, "FRESH_SECONDS", 0.0)
    assert cached() == ["a", "b", "c"]


def ask_something(place: SmallTown) -> Callable[[], Any]:
    make_question(place.pothole, "size", label_fr="Taille")
    return lambda: [question.label_fr for question in routable(place.pothole.slug).questions.all()]  # type: ignore[union-attr]


def reword(_place: SmallTown) -> None:
    Question.objects.update(label_fr="Grandeur")


def a_rule(place: SmallTown) -> Callable[[], Any]:
    RoutingRule.objects.create(position=1, name="trous", subjects=["pothole"], to=place.works, why_fr="Ici", why_en="")
    return lambda: [rule.to for rule in rules()[0]]


def close_works(place: SmallTown) -> None:
    Department.objects.filter(pk=place.works.pk).update(active=False)


def a_notice(place: SmallTown) -> Callable[[], Any]:
    words = {"title_fr": "Rue fermée", "title_en": "Street closed", "say_fr": "Rue fermée.", "say_en": "Street closed."}
    Notice.objects.create(subject=place.pothole, since=now(), changed_at=now(), **words)
    return lambda: [(notice.title_fr, notice.subject.title_fr) for notice in in_force()]  # type: ignore[union-attr]


def rename_its_subject(place: SmallTown) -> None:
    type(place.pothole).objects.filter(pk=place.pothole.pk).update(title_fr="Trou")


def an_alert(place: SmallTown) -> Callable[[], Any]:
    Alert.objects.create(key="a", kind=Alert.Kind.THREAT, words="cris", at=now(), by=place.agent)
    return lambda: len(untaken(place.manager))


def take_it(place: SmallTown) -> None:
    Alert.objects.update(taken_at=now(), taken_by=place.manager)


def hours(_place: SmallTown) -> Callable[[], Any]:
    return posts


def give_hours(place: SmallTown) -> None:
    Membership.objects.filter(user=place.technician).update(hours={"mon": [["08:00", "12:00"]]})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kept", "change"),
    [
        (ask_something, reword),
        (a_rule, close_works),
        (a_notice, rename_its_subject),
        (an_alert, take_it),
        (hours, give_hours),
        (lambda _place: lambda: [department.slug for department in departments()], close_works),
        (lambda _place: lambda: town().name_fr, lambda place: type(place.town).objects.update(name_fr="Anse-aux-Pins")),
    ],
)
def test_whatever_changes_is_seen(town: SmallTown, kept: Any, change: Any) -> None:
    read = kept(town)
    before = read()
    assert read() == read() == before
    change(town)
    assert read() != before
