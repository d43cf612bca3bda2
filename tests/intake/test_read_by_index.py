"""The frequent queries of the desk use their indexes."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q

from parvis.apps.cases.queries.cases import comments_report, returned_cases
from parvis.apps.cases.queries.lists.case_search import DUE, SearchFilter, search_cases
from parvis.apps.intake.queries import contacts
from parvis.lib.clock import now
from tests.counting import statements
from tests.factories import SmallTown

ASKED: dict[str, Callable[[SmallTown], object]] = {
    "contact_in_state": lambda town: contacts.figures_of_the_moment(),
    "contact_of_agent_by_state": lambda town: [contacts.open_contacts(town.agent), contacts.last_contacts(town.agent)],
    "matter_of_the_day": lambda town: contacts.asked_today(),
    "visit_at_window": lambda town: contacts.last_window(town.agent),
    "case_passed_on": lambda town: returned_cases(Q()),
    "case_open_due": lambda town: search_cases("", SearchFilter(order=DUE), user=town.manager),
    "case_comments": lambda town: comments_report(now() - timedelta(days=30)),
}


@pytest.mark.parametrize("index", ASKED)
def test_the_first_statement_is_answered_by_its_index(town: SmallTown, index: str) -> None:
    with statements() as queries:
        ASKED[index](town)
    permissions = ("directory_membership", 'FROM "catalogue_subject" WHERE')
    first = next(query["sql"] for query in queries if not any(name in query["sql"] for name in permissions))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # the planner scans and sorts a small table, whatever its indexes
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute(f"EXPLAIN {first}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {first}")
        plan = [str(row[-1]) for row in cursor.fetchall()]
    assert any(re.search(rf"\b(INDEX|using|on) {index}\b", step) for step in plan), plan
    if connection.vendor == "sqlite":
        assert not any("ORDER BY" in step for step in plan) or index == "case_comments", "the past would be sorted"
