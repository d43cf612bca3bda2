"""A manager publishes, approves and withdraws the answers of their department, and those that nobody manages."""

from typing import Any

import pytest
from django.urls import reverse

from parvis.apps.content.models import Answer
from parvis.apps.content.services.content import set_fact
from parvis.apps.directory.models import Actor, Department
from parvis.apps.directory.rules.permissions import Role
from parvis.lib.errors import NotAllowed
from parvis.lib.ttl_cache import forget_all
from tests.content.makers import draft_answer, publish_answer
from tests.editor.test_editing import SignIn, form_of
from tests.factories import SmallTown, make_department, make_user

WHOSE = ("own", "other", "nobody")
APPROVE = {"action-workflow-action": "true", "workflow-action-name": "approve", "workflow-action-extra-data": "{}"}


@pytest.fixture
def owners(town: SmallTown) -> dict[str, Department]:
    make_user("odile.roy", (town.planning, Role.MANAGER))
    forget_all()
    return {"own": town.works, "other": town.planning, "nobody": make_department("de-personne")}


PUBLISHERS = {
    "manager": {"own": True, "other": False, "nobody": True},
    "clerk": dict.fromkeys(WHOSE, True),
    "editor": dict.fromkeys(WHOSE, False),
}
CELLS = [(name, whose, may) for name, cells in PUBLISHERS.items() for whose, may in cells.items()]


def saved(town: SmallTown, owner: Department) -> Answer:
    answer = draft_answer(town.shed, owner)
    answer.save()
    answer.save_revision()
    return answer


@pytest.mark.parametrize("way", ["published", "approved", "made"])
@pytest.mark.parametrize(("name", "whose", "may"), CELLS)
def test_each_way_to_publish_an_answer_asks_whose_it_is(
    name: str, whose: str, may: bool, way: str, town: SmallTown, owners: dict[str, Department], signed_in: SignIn
) -> None:
    client, values = signed_in(getattr(town, name)), {"owner": owners[whose].pk, "title_fr": "Neuf"}
    if way == "made":
        client.post(reverse("answers:add"), form_of(town, **values, **{"action-publish": "1"}))
    else:
        url = reverse("answers:edit", args=[saved(town, owners[whose]).pk])
        if way == "approved":
            signed_in(town.editor).post(url, form_of(town, **values, **{"action-submit": "1"}))
        client.post(url, form_of(town, **values, **(APPROVE if way == "approved" else {"action-publish": "1"})))
    assert Answer.objects.filter(live=True).exists() is may


@pytest.mark.parametrize(("name", "whose", "may"), CELLS)
def test_withdrawing_an_answer_asks_whose_it_is(
    name: str, whose: str, may: bool, town: SmallTown, owners: dict[str, Department], signed_in: SignIn
) -> None:
    answer = publish_answer(town.shed, owners[whose])
    signed_in(getattr(town, name)).post(reverse("answers:unpublish", args=[answer.pk]))
    assert Answer.objects.get(pk=answer.pk).live is not may


def test_an_answer_is_not_taken_from_its_department_to_be_published(
    town: SmallTown, owners: dict[str, Department], signed_in: SignIn
) -> None:
    url = reverse("answers:edit", args=[saved(town, owners["other"]).pk])
    signed_in(town.manager).post(url, form_of(town, owner=town.works.pk, **{"action-publish": "1"}))
    assert not Answer.objects.get().live


@pytest.mark.parametrize(("name", "whose", "may"), CELLS)
def test_a_value_is_set_by_who_publishes_for_its_owner(
    name: str, whose: str, may: bool, town: SmallTown, owners: dict[str, Department]
) -> None:
    values: dict[str, Any] = {"kind": "text", "value": {"fr": "Oui", "en": "Yes"}, "label_fr": "A", "label_en": "A"}
    values |= {"owner": owners[whose], "source_title": "Règlement", "by": Actor.staff(getattr(town, name))}
    if may:
        assert set_fact(key="fait", **values)
    else:
        with pytest.raises(NotAllowed):
            set_fact(key="fait", **values)
