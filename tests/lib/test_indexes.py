"""A key that is only compared whole has one index on PostgreSQL, and is still unique."""

import pytest
from django.db import IntegrityError, connection, transaction

from parvis.cases.models import Case
from parvis.cases.services import Asked, open_case
from tests.factories import SmallTown, unique


def test_a_reference_is_indexed_once_and_stays_unique(town: SmallTown) -> None:
    first, second = (
        open_case(Asked(unique(), town.pothole, "request", "phone", address=town.address), by=town.agent).case
        for _ in range(2)
    )
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Case._meta.db_table)
    on_reference = [name for name, one in found.items() if one["columns"] == ["reference"]]
    assert [found[name]["unique"] for name in on_reference] == [True]
    second.reference = first.reference
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()
