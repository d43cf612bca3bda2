"""A new value of a fact is reviewed like an answer: an editor proposes it, a publisher decides."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from parvis.apps.content.models import Fact, FactProposal
from parvis.apps.content.queries import answers
from parvis.apps.content.services.content import set_fact
from parvis.apps.content.services.fact_review import approve_fact, send_fact_back, submit_fact, withdraw_fact
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Role
from parvis.lib.errors import Conflict, NotAllowed, NotFound
from tests.content.makers import make_fact, publish_answer
from tests.editor.test_editing import fact_form
from tests.factories import SmallTown, make_user

SignIn = Callable[[User], Client]
REVIEW = "edition:fact_review"


@pytest.fixture
def fact(town: SmallTown) -> Fact:
    """A published amount of 42,50 $."""
    return make_fact("tarif", town.planning)


def in_force() -> Any:
    return Fact.objects.get(key="tarif", replaced_at=None).value


def propose(client: Client, fact: Fact, value: str = "50 $", **more: Any) -> Any:
    return client.post(reverse("facts:edit", args=[fact.pk]), fact_form(fact, value_fr=value, **more), follow=True)


def test_what_an_editor_writes_is_told_to_nobody_before_it_is_approved(
    town: SmallTown, signed_in: SignIn, fact: Fact
) -> None:
    publish_answer(town.shed, town.planning, short_fr="Le permis coûte {fact:tarif}.", facts="tarif")
    before = answers.edition()
    page = propose(signed_in(town.editor), fact)
    assert page.redirect_chain[-1][0] == reverse(REVIEW)
    assert "attend d’être relue" in page.text and "Approuver" not in page.text
    assert (in_force(), answers.edition()) == (4250, before)
    assert "42,50" in Client().get("/reponses/cabanon/").text


def test_who_publishes_compares_old_and_new_then_approves(town: SmallTown, signed_in: SignIn, fact: Fact) -> None:
    propose(signed_in(town.editor), fact, source_title="Règlement 512, article 3")
    manager = signed_in(town.manager)
    assert "1 valeur de fait attend" in manager.get("/edition/").text
    page = manager.get(reverse(REVIEW))
    assert all(words in page.text for words in ("42,50\u00a0$", "50\u00a0$", "Règlement 512, article 3"))
    assert town.editor.display_name in page.text
    proposal = FactProposal.objects.get()
    approved = reverse("edition:fact_approve", args=[proposal.pk])
    assert "en vigueur" in manager.post(approved, {"seen": fact.pk}, follow=True).text
    assert in_force() == 5000
    assert Fact.objects.get(pk=fact.pk).replaced_at is not None
    assert "Approuvé" in signed_in(town.editor).get(reverse(REVIEW)).text


def test_a_value_sent_back_says_why_to_who_proposed_it(town: SmallTown, signed_in: SignIn, fact: Fact) -> None:
    editor, manager = signed_in(town.editor), signed_in(town.manager)
    propose(editor, fact)
    send_back = reverse("edition:fact_send_back", args=[FactProposal.objects.get().pk])
    unsaid = manager.post(send_back, {"reason": " "})
    assert unsaid.status_code == 422 and "Dites ce qu’il faut changer" in unsaid.text
    manager.post(send_back, {"reason": "L’article dit 48 $."})
    assert "L’article dit 48 $." in editor.get(reverse(REVIEW)).text
    assert in_force() == 4250
    assert "Aucune valeur" in manager.get(reverse(REVIEW)).text


def test_a_new_fact_of_an_editor_waits_too(town: SmallTown, signed_in: SignIn, fact: Fact) -> None:
    words = fact_form(fact, key="nouveau", kind="text", value_fr="un par terrain", value_en="one per lot")
    signed_in(town.editor).post(reverse("facts:add"), words)
    assert not Fact.objects.filter(key="nouveau").exists()
    approve_fact(proposal_id=FactProposal.objects.get().pk, seen=None, by=town.manager)
    assert Fact.objects.get(key="nouveau").value == {"fr": "un par terrain", "en": "one per lot"}


def test_a_file_of_an_editor_waits_for_review_row_by_row(town: SmallTown, signed_in: SignIn, fact: Fact) -> None:
    make_fact("frais", town.planning)
    editor = signed_in(town.editor)
    file = SimpleUploadedFile("faits.csv", b"key,value_fr\r\ntarif,50\r\nfrais,12\r\n", content_type="text/csv")
    page = editor.post(reverse("edition:facts_bring"), {"file": file})
    sent = {"content": page.context["content"], "mark": page.context["planned"].mark}
    done = editor.post(reverse("edition:facts_bring"), sent, follow=True)
    assert "2 nouvelles valeurs attendent" in done.text
    assert in_force() == 4250
    assert sorted(FactProposal.objects.values_list("value", flat=True)) == [1200, 5000]


def test_a_second_thought_replaces_the_first_and_a_colleague_waits(
    town: SmallTown, signed_in: SignIn, fact: Fact
) -> None:
    editor = signed_in(town.editor)
    propose(editor, fact)
    propose(editor, fact, "48 $")
    assert FactProposal.objects.get().value == 4800
    other = make_user("rose.lavoie", (town.desk, Role.EDITOR))
    page = propose(signed_in(other), fact, "47 $")
    assert "il faut d’abord en décider" in page.text and "47 $" in page.text
    with pytest.raises(Conflict):
        submit_fact(**fact.content | {"value": 4700}, by=other)
    assert FactProposal.objects.get().value == 4800
    assert "48\u00a0$" in signed_in(other).get(reverse("facts:edit", args=[fact.pk])).text


def test_nothing_is_approved_beside_a_value_that_changed_since(town: SmallTown, fact: Fact) -> None:
    proposal = submit_fact(**fact.content | {"value": 5000}, by=town.editor)
    set_fact(**fact.content | {"value": 4600}, by=Actor.staff(town.manager))
    with pytest.raises(Conflict):
        approve_fact(proposal_id=proposal.pk, seen=fact.pk, by=town.manager)
    assert in_force() == 4600


def test_only_who_publishes_decides_and_only_who_proposed_withdraws(town: SmallTown, fact: Fact) -> None:
    proposal = submit_fact(**fact.content | {"value": 5000}, by=town.editor)
    other = make_user("rose.lavoie", (town.desk, Role.EDITOR))
    for by in (town.editor, other, town.agent):
        with pytest.raises(NotAllowed):
            approve_fact(proposal_id=proposal.pk, seen=fact.pk, by=by)
        with pytest.raises(NotAllowed):
            send_fact_back(proposal_id=proposal.pk, reason="Non.", by=by)
        with pytest.raises(NotAllowed):
            set_fact(**fact.content | {"value": 5000}, by=Actor.staff(by))
    with pytest.raises(NotFound):
        withdraw_fact(proposal_id=proposal.pk, by=other)
    withdraw_fact(proposal_id=proposal.pk, by=town.editor)
    assert (FactProposal.objects.count(), in_force()) == (0, 4250)


def test_the_review_costs_the_same_at_1_and_20(
    town: SmallTown, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    manager = signed_in(town.manager)
    counted = []
    for keys in (["a1"], [f"b{n}" for n in range(19)]):
        for key in keys:
            submit_fact(**make_fact(key, town.planning).content | {"value": 5000}, by=town.editor)
        manager.get(reverse(REVIEW))  # warms up the in-process caches
        with django_assert_max_num_queries(40) as asked:
            assert manager.get(reverse(REVIEW)).status_code == 200
        counted.append(len(asked))
    assert counted[0] == counted[1]
