"""What is written with every case has no index that nobody reads; what is unique stays so."""

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.state import ModelState, ProjectState

from parvis.cases.models import Case
from parvis.cases.services import NewCase, open_case
from parvis.directory.actors import Actor
from parvis.intake.models import Matter
from parvis.lib.indexes import Unindexed
from tests.factories import SmallTown, unique


def test_a_reference_is_indexed_once_and_stays_unique(town: SmallTown) -> None:
    first, second = (
        open_case(
            NewCase(unique(), town.pothole, "request", "phone", address=town.address), by=Actor.staff(town.agent)
        ).case
        for _ in range(2)
    )
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, Case._meta.db_table)
    on_reference = [name for name, one in constraints.items() if one["columns"] == ["reference"]]
    assert [constraints[name]["unique"] for name in on_reference] == [True]
    second.reference = first.reference
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Case, ["department_id", "owner_id", "subject_id", "door_id"]),
        (Matter, ["department_id", "receiver_id", "subject_id", "by_id"]),
    ],
)
def test_a_foreign_key_that_nobody_looks_up_has_no_index_of_its_own(
    model: type[models.Model], columns: list[str]
) -> None:
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, model._meta.db_table)
    assert not [
        name for name, one in constraints.items() if one["index"] and one["columns"] in [[name] for name in columns]
    ]


@pytest.mark.django_db
def test_an_index_is_taken_away_without_writing_the_table_anew() -> None:
    past = ProjectState()
    past.add_model(ModelState("cases", "Parent", [("id", models.AutoField(primary_key=True))]))
    link = models.ForeignKey("cases.Parent", models.PROTECT)
    past.add_model(ModelState("cases", "Child", [("id", models.AutoField(primary_key=True)), ("parent", link)]))
    step = Unindexed("child", "parent", models.ForeignKey("cases.Parent", models.PROTECT, db_index=False))
    now = past.clone()
    step.state_forwards("cases", now)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE cases_child (id integer PRIMARY KEY, parent_id integer UNIQUE)")
        cursor.execute("CREATE INDEX cases_child_parent_id_1 ON cases_child (parent_id)")
        cursor.execute("CREATE INDEX cases_child_both ON cases_child (parent_id, id)")
    forwards, backwards = (connection.schema_editor(collect_sql=True) for _ in range(2))
    step.database_forwards("cases", forwards, past, now)
    step.database_backwards("cases", backwards, now, past)
    assert forwards.collected_sql == ['DROP INDEX "cases_child_parent_id_1";']
    [made] = backwards.collected_sql
    assert made.startswith("CREATE INDEX ") and made.endswith('ON "cases_child" ("parent_id");')
