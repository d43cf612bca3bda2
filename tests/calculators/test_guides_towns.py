"""The guides of a town other than the sample one."""

import pytest

from parvis.apps.calculators.queries import guides
from parvis.operations.town import load
from tests.town.conftest import VILLAGE


@pytest.mark.django_db
def test_the_second_town_has_questions_of_its_own() -> None:
    load.load(VILLAGE, demo=True)
    for answers, outcome in (
        ({"lac": "oui", "grandeur": "petit", "fondation": "non"}, "planning"),
        ({"lac": "non", "grandeur": "petit", "fondation": "non"}, "not-required"),
        ({"lac": "non", "grandeur": "petit", "fondation": "oui"}, "required"),
        ({"lac": "non", "grandeur": "grand"}, "required"),
    ):
        assert guides.permit("cabanon-jumele", answers).result.followed.outcome == outcome
