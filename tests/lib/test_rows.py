"""Compiled statements behave like querysets: same rows, same values, same errors."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy

from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import Membership
from parvis.apps.intake.models import Contact
from parvis.apps.places.models import Address
from parvis.lib.database.rows import Compiled, insert, update
from tests.counting import statements
from tests.factories import SmallTown

MOMENT = datetime(2026, 2, 9, 13, 30, 15, 123456, tzinfo=UTC)


def contact(town: SmallTown, key: str = "one") -> Contact:
    draft = {"text": "Été « doux »", "n": [1, None]}
    return Contact(key=key, channel="phone", agent=town.agent, started_at=MOMENT, draft=draft)


def test_a_row_comes_back_as_it_was_inserted(town: SmallTown) -> None:
    row = contact(town)
    assert insert(row)
    read = Contact.objects.get(pk=row.pk)
    assert (read.draft, read.started_at, read.agent, read.ended_at) == (row.draft, MOMENT, town.agent, None)


def test_an_inserted_row_is_known_to_exist(town: SmallTown) -> None:
    row = contact(town)
    insert(row)
    row.validate_unique()  # as for a row that already has its key
    row.phone = "+15145550100"
    with statements() as run:
        row.save()
    assert len(run) == 1 and Contact.objects.get().phone == row.phone


def test_each_kind_of_value_is_inserted_as_django_saves_it(town: SmallTown) -> None:
    told: dict[str, Any] = {
        "channel": Channel.COUNTER,  # a member of a choices enum
        "text": gettext_lazy("Conversation"),  # a lazy translation
        "draft_seq": 7,
        "person": None,
        "draft": {"né": [True, None, 1.5]},
    }
    ours, djangos = (Contact(key=key, agent=town.agent, started_at=MOMENT, **told) for key in ("ours", "django's"))
    insert(ours)
    djangos.save(force_insert=True)
    names = [field.attname for field in Contact._meta.concrete_fields if field.name not in ("id", "key")]
    read = {key: Contact.objects.values_list(*names).get(key=key) for key in ("ours", "django's")}
    assert read["ours"] == read["django's"]
    assert dict(zip(names, read["ours"], strict=True))["channel"] == "counter"


def test_a_key_used_before_leaves_everything_as_it_is(town: SmallTown) -> None:
    insert(contact(town))
    assert not insert(contact(town), unless="key")
    assert Contact.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(contact(town))


def test_an_update_writes_what_it_names_and_nothing_else(town: SmallTown) -> None:
    row = contact(town)
    insert(row)
    row.draft, row.phone, row.person_id = {}, "+15145550100", None
    update(row, "draft", "person_id")
    read = Contact.objects.get(pk=row.pk)
    assert (read.draft, read.phone) == ({}, "")
    with pytest.raises(KeyError):
        update(row, "no_such_field")


def test_an_update_may_wait_on_what_the_row_still_holds(town: SmallTown) -> None:
    row = contact(town)
    insert(row)
    Contact.objects.filter(pk=row.pk).update(phone="+15145550100")
    row.text = "late"
    assert not update(row, "text", where={"phone": ""})
    assert update(row, "text", where={"phone": "+15145550100"})
    assert Contact.objects.get(pk=row.pk).text == "late"


def test_a_compiled_query_gives_the_rows_of_its_queryset_with_what_it_joins(town: SmallTown) -> None:
    by_id = Compiled(lambda pk: Address.objects.select_related("street", "sector").filter(pk=pk))
    with statements() as queries:
        result = by_id(town.address.pk)
        labels = [(address.label, address.street.name) for address in result]
    assert labels == [(town.address.label, town.address.street.name)]
    assert len(queries) == 1
    assert by_id.first(0) is None


def test_each_call_takes_its_own_values(town: SmallTown) -> None:
    for key in ("one", "two"):
        insert(contact(town, key))
    by_key = Compiled(lambda key, agent: Contact.objects.filter(key=key, agent_id=agent))
    assert [item.key for key in ("two", "one", "none") for item in by_key(key, town.agent.pk)] == ["two", "one"]
    [first] = by_key("one", town.agent.pk)
    assert (first.started_at, first.draft["n"]) == (MOMENT, [1, None])


def test_rows_that_refer_to_the_same_one_share_it_and_what_is_deferred_is_read_when_asked_for(town: SmallTown) -> None:
    for key in ("one", "two"):
        insert(contact(town, key))
    insert(Contact(key="three", channel="phone", started_at=MOMENT))
    rows = Contact.objects.select_related("agent").defer("draft", "agent__email").order_by("pk")
    by_channel = Compiled(lambda channel: rows.filter(channel=channel))
    for _ in range(2):
        with statements() as run:
            result, two, nobody = by_channel("phone")
            names = [row.agent and row.agent.username for row in (result, two, nobody)]
        assert names == [town.agent.username, town.agent.username, None]
        assert result.agent is two.agent and len(run) == 1
        assert result.draft == contact(town).draft


def test_a_compiled_query_may_annotate(town: SmallTown) -> None:
    members = Membership.objects.annotate(who=F("user__username")).order_by("pk")
    by_role = Compiled(lambda role: members.filter(role=role))
    roles = set(Membership.objects.values_list("role", flat=True))
    assert roles
    for role in roles:
        assert [item.who for item in by_role(role)] == [member.who for member in members.filter(role=role)] != []


def test_a_compiled_query_may_give_tuples(town: SmallTown) -> None:
    roles = Compiled(lambda user: Membership.objects.filter(user_id=user).values_list("role", "user__username"))
    assert set(roles(town.agent.pk)) == set(
        Membership.objects.filter(user=town.agent).values_list("role", "user__username")
    )


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_over_its_own_connection(town: SmallTown) -> None:
    by_id = Compiled(lambda pk: Address.objects.filter(pk=pk))
    labels = [by_id(town.address.pk)[0].civic]

    def ask() -> None:
        labels.append(by_id(town.address.pk)[0].civic)
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert labels == [town.address.civic] * 2


def test_a_row_that_was_read_is_changed_and_refreshed_as_any_other(town: SmallTown) -> None:
    insert(contact(town))
    by_key = Compiled(lambda key: Contact.objects.select_related("agent").filter(key=key))
    read, same = by_key.first("one"), Contact.objects.select_related("agent").get(key="one")
    assert read is not None and vars(read).keys() == vars(same).keys()
    assert read == same and hash(read) == hash(same)
    read.phone, read.agent = "+15145550100", town.manager
    read.save()
    again = Contact.objects.get(key="one")
    assert (again.phone, again.agent, again.draft) == ("+15145550100", town.manager, same.draft)


@pytest.mark.parametrize("said", ["phone", "it's 50 %s", "100 %", "a'; --", ""])
def test_the_constants_of_a_query_mean_what_they_mean_elsewhere(town: SmallTown, said: str) -> None:
    row = contact(town)
    row.phone = said
    insert(row)
    rows = Contact.objects.filter(phone=said, draft_seq=0, key__contains="n")
    by_key = Compiled(lambda key: rows.filter(key=key).exclude(state="done"))
    assert [item.pk for item in by_key("one")] == [row.pk] and not by_key("two")
