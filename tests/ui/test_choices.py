"""Model choice fields, whose rows are queried once however they are rendered."""

import pytest
from django import forms

from parvis.apps.directory.models import Department
from parvis.ui.forms import ByNameField
from tests.counting import statements
from tests.factories import SmallTown


class Asked(forms.Form):
    where = ByNameField(Department.objects.all(), to_field_name="slug", empty_label="Choose")
    given = ByNameField(Department.objects.all(), to_field_name="slug", empty_label=None)


@pytest.mark.parametrize("name", ["where", "given"])
def test_the_rows_are_read_once(town: SmallTown, name: str) -> None:
    with statements() as sent:
        shown = str(Asked()[name])
    assert len(sent) == 1
    assert town.works.name in shown


def test_a_choice_is_demanded_only_where_the_first_line_is_none(town: SmallTown) -> None:
    form = Asked()
    assert " required" in str(form["where"]) and " required" not in str(form["given"])
