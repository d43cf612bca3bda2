"""Facts imported from a file: the changes are shown, then confirmed."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from parvis.apps.content.models import Fact
from parvis.apps.directory.models import User
from parvis.apps.places.models import Sector
from tests.content.makers import make_fact
from tests.editor.test_editing import fact_form
from tests.factories import SmallTown

SignIn = Callable[[User], Client]
FILE = 'key,value_fr,source_title\r\ntarif,"50,00","Règlement, art. 3"\r\n'


def send(client: Client, text: str = FILE, encoding: str = "utf-8") -> Any:
    file = SimpleUploadedFile("faits.csv", text.encode(encoding), content_type="text/csv")
    return client.post(reverse("edition:facts_bring"), {"file": file})


def confirm(client: Client, page: Any) -> Any:
    sent = {"content": page.context["content"], "mark": page.context["planned"].mark}
    return client.post(reverse("edition:facts_bring"), sent, follow=True)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_the_difference_is_seen_then_written(town: SmallTown, signed_in: SignIn, encoding: str) -> None:
    make_fact("tarif", town.planning)
    publisher = signed_in(town.manager)
    page = send(publisher, encoding=encoding)
    text = page.content.decode()
    assert "42,50\u00a0$" in text and "50\u00a0$" in text
    assert Fact.objects.count() == 1
    assert confirm(publisher, page).redirect_chain[-1][0] == reverse("facts:list")
    new = Fact.objects.get(replaced_at=None)
    assert (new.value, new.source_title) == (5000, "Règlement, art. 3")


def test_a_bad_file_is_refused_line_by_line(town: SmallTown, signed_in: SignIn) -> None:
    make_fact("tarif", town.planning)
    page = send(signed_in(town.editor), "key,value_fr\r\ntarif,gratuit\r\n")
    assert page.status_code == 422
    assert len(page.context["problems"]) == 1
    assert "2" in page.context["problems"][0]
    assert Fact.objects.get().value == 4250


@pytest.mark.parametrize("text", ["", "\x00\x01\x02", "bonjour", "key\r\n", "x" * 3_000_000])
def test_what_is_no_file_of_facts_is_refused(town: SmallTown, signed_in: SignIn, text: str) -> None:
    assert send(signed_in(town.editor), text).status_code == 422


def test_no_file_at_all_is_asked_for(town: SmallTown, signed_in: SignIn) -> None:
    response = signed_in(town.editor).post(reverse("edition:facts_bring"), {})
    assert list(response.context["form"].errors) == ["file"]


def test_a_fact_changed_meanwhile_shows_the_new_difference(town: SmallTown, signed_in: SignIn) -> None:
    fact = make_fact("tarif", town.planning)
    editor = signed_in(town.editor)
    page = send(editor)
    Fact.objects.filter(pk=fact.pk).update(value=1000)
    again = confirm(editor, page)
    assert again.status_code == HTTPStatus.CONFLICT
    assert "10\u00a0$" in again.content.decode()
    assert Fact.objects.get().value == 1000


def test_the_facts_leave_as_a_file_that_changes_nothing_when_it_comes_back(town: SmallTown, signed_in: SignIn) -> None:
    make_fact("tarif", town.planning)
    editor = signed_in(town.editor)
    text = editor.get(reverse("edition:facts_file")).content.decode("utf-8-sig")
    assert send(editor, text).context["planned"].counts == {"new": 0, "changed": 0, "same": 1}


def test_a_key_may_have_a_value_for_the_town_and_one_for_an_area(town: SmallTown, signed_in: SignIn) -> None:
    shore = Sector.objects.create(slug="rive", kind="quartier", name_fr="La rive", name_en="The shore")
    fact = make_fact("tarif", town.planning)
    publisher = signed_in(town.manager)
    add = reverse("facts:add")
    assert "key" in publisher.post(add, fact_form(fact)).context["form"].errors
    assert publisher.post(add, fact_form(fact, area=shore.pk, value_fr="60")).status_code == HTTPStatus.FOUND
    assert set(Fact.objects.filter(replaced_at=None).values_list("area", "value")) == {(None, 4250), (shore.pk, 6000)}
    assert "La rive" in publisher.get(reverse("facts:list")).content.decode()
