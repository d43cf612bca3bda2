"""Knowledge gaps, handled by an editor on the screen."""

import re
from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from parvis.apps.catalogue.models import ExampleQuestion
from parvis.apps.content.models import Answer, OutOfScopeExample, OutOfScopeTopic
from parvis.apps.content.queries.answers import current_answer
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.insight.models import Gap
from parvis.apps.insight.services import learning
from parvis.apps.intake.models import Matter
from parvis.apps.matching.queries import suggesting
from tests.content.makers import make_fact, publish_answer
from tests.counting import statements
from tests.editor.test_editing import form_of
from tests.factories import SmallTown
from tests.insight.makers import answered, unanswered, useless

SignIn = Callable[[User], Client]
WORDS = "bâtiment pour ma tondeuse"


@pytest.fixture
def gap(town: SmallTown) -> Gap:
    publish_answer(town.shed, town.planning)
    unanswered(town, f"{WORDS}, 450 658-1066")
    learning.gather()
    return Gap.objects.get()


def url(name: str, gap: Gap | None = None) -> str:
    return reverse(f"edition:{name}", args=[gap.pk] if gap else [])


def teaching(town: SmallTown, **values: str) -> dict[str, str]:
    return {"text": WORDS, "subject": town.shed.slug, "language": "fr"} | values


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", ["gaps", "gap", "facts_bring", "facts_file", "check"])
def test_only_those_who_edit_enter(town: SmallTown, signed_in: SignIn, gap: Gap, role: Role, name: str) -> None:
    status = signed_in(town.staff[role]).get(url(name, gap if name == "gap" else None)).status_code
    assert status == (HTTPStatus.OK if role in (Role.EDITOR, Role.MANAGER, Role.CLERK) else HTTPStatus.FORBIDDEN)


@pytest.mark.parametrize("role", [Role.AGENT, Role.TECHNICIAN, Role.PRIVACY_OFFICER])
@pytest.mark.parametrize("name", ["gap_teach", "gap_not_ours", "gap_dismiss", "gap_undo"])
def test_nobody_else_decides(town: SmallTown, signed_in: SignIn, gap: Gap, role: Role, name: str) -> None:
    sent = teaching(town, confirm="1", door=town.police.slug)
    assert signed_in(town.staff[role]).post(url(name, gap), sent).status_code == HTTPStatus.FORBIDDEN
    assert Gap.objects.get().state == Gap.State.OPEN


def test_the_list_shows_the_words_without_what_reaches_someone(town: SmallTown, signed_in: SignIn, gap: Gap) -> None:
    editor = signed_in(town.editor)
    for page in (url("gaps"), url("gap", gap), "/edition/"):
        text = editor.get(page).content.decode()
        assert WORDS in text
        assert "658-1066" not in text


def test_the_effect_is_seen_then_the_way_of_asking_is_kept_and_undone(
    town: SmallTown, signed_in: SignIn, gap: Gap
) -> None:
    editor = signed_in(town.editor)
    page = editor.post(url("gap_teach", gap), teaching(town))
    assert page.status_code == HTTPStatus.OK
    assert page.context["effect"].helped == 1
    assert not ExampleQuestion.objects.filter(text=WORDS).exists()
    response = editor.post(url("gap_teach", gap), teaching(town, confirm="1"), follow=True)
    assert ExampleQuestion.objects.get(text=WORDS).from_town_file is False
    assert suggesting.suggest(WORDS).hits[0].slug == "cabanon"
    assert (
        f"«\u00a0{WORDS}\u00a0», Cabanon" in response.content.decode()
        and url("gap_undo", gap) in response.content.decode()
    )
    editor.post(url("gap_undo", gap))
    assert not ExampleQuestion.objects.filter(text=WORDS).exists()
    assert Gap.objects.get().state == Gap.State.OPEN


def test_the_words_of_a_request_are_weighed_and_not_shown(town: SmallTown, signed_in: SignIn, gap: Gap) -> None:
    answer = current_answer("cabanon")
    assert answer is not None
    secret = "une remise pour les outils de Jeanne"
    matter = answered(town, answer, secret)
    Matter.objects.filter(pk=matter.pk).update(outcome=Matter.Outcome.CASE)
    wish = teaching(town, text="une remise pour les outils", subject=town.streetlight.slug)
    page = signed_in(town.editor).post(url("gap_teach", gap), wish)
    assert page.context["effect"].settled == 1
    assert "Jeanne" not in page.content.decode()


@pytest.mark.parametrize(
    ("values", "field"),
    [({"text": ""}, "text"), ({"text": "450 658-1066"}, "text"), ({"subject": "piscine"}, "subject")],
)
def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(
    town: SmallTown, signed_in: SignIn, gap: Gap, values: dict[str, str], field: str
) -> None:
    response = signed_in(town.editor).post(url("gap_teach", gap), teaching(town, **values))
    assert response.status_code == 422
    assert list(response.context["teach"].errors) == [field]
    assert "effect" not in response.context or not response.context["effect"]


def way_to_the_answer(editor: Client, gap: Gap) -> tuple[str, Client]:
    """The URL of "write" or "mend" on the page of a gap."""
    [address] = re.findall(r'href="(/edition/[^"]+\?gap=\d+)"', editor.get(url("gap", gap)).content.decode())
    return address, editor


def test_a_gap_is_settled_by_the_answer_once_it_is_saved(town: SmallTown, signed_in: SignIn) -> None:
    unanswered(town, "cabanon de toile pour l’hiver")
    learning.gather()
    gap = Gap.objects.get()
    gap.near = town.shed
    gap.save()
    address, editor = way_to_the_answer(signed_in(town.editor), gap)
    assert address == f"{reverse('answers:add')}?gap={gap.pk}"
    page = editor.get(address)
    form = page.context["form"]
    assert (form["title_fr"].value(), form["subject"].value()) == ("cabanon de toile pour l’hiver", town.shed.pk)
    sent_to = page.context["action_url"]
    editor.post(sent_to, form_of(town, title_fr="long " * 100))
    assert Gap.objects.get().state == Gap.State.OPEN, "nothing was saved"
    editor.post(sent_to, form_of(town))
    settled = Gap.objects.get()
    assert (settled.state, settled.decided_by) == (Gap.State.ANSWER, town.editor)
    editor.post(url("gap_undo", gap))
    assert Gap.objects.get().state == Gap.State.OPEN


def test_a_gap_of_a_subject_that_has_an_answer_leads_to_it(town: SmallTown, signed_in: SignIn) -> None:
    answer = publish_answer(town.shed, town.planning)
    useless(answer, "Et pour le démolir?")
    learning.gather()
    address, editor = way_to_the_answer(signed_in(town.editor), Gap.objects.get())
    assert address.startswith(reverse("answers:edit", args=[answer.pk]))
    editor.post(editor.get(address).context["action_url"], form_of(town, title_fr="Cabanon, le démolir aussi"))
    assert Gap.objects.get().state == Gap.State.ANSWER


def test_an_answer_saved_after_someone_decided_leaves_the_decision(
    town: SmallTown, signed_in: SignIn, gap: Gap
) -> None:
    editor = signed_in(town.editor)
    address = f"{reverse('answers:add')}?gap={gap.pk}"
    learning.dismiss(gap_id=gap.pk, by=town.manager)
    editor.post(address, form_of(town, subject=town.streetlight.pk))
    assert Answer.objects.filter(subject=town.streetlight).exists()
    assert (Gap.objects.get().state, Gap.objects.get().decided_by) == (Gap.State.DISMISSED, town.manager)


def test_not_ours_wants_a_door_and_keeps_it(town: SmallTown, signed_in: SignIn, gap: Gap) -> None:
    editor = signed_in(town.editor)
    assert editor.post(url("gap_not_ours", gap), {"door": ""}).status_code == 422
    assert editor.post(url("gap_not_ours", gap), {"door": town.works.slug}).status_code == 422
    page = editor.post(url("gap_not_ours", gap), {"door": town.police.slug}, follow=True)
    assert Gap.objects.get().external_body == town.police
    assert str(town.police) in page.content.decode()


def test_what_is_known_not_to_be_ours_shows_its_effect_then_is_kept(
    town: SmallTown, signed_in: SignIn, gap: Gap
) -> None:
    OutOfScopeTopic.objects.create(
        slug="remises-privees", title_fr="Remises à louer", title_en="Sheds", say_fr="x", say_en="x"
    )
    bump_edition()
    editor, wish = signed_in(town.editor), {"theirs": "remises-privees", "text": WORDS, "language": "fr"}
    page = editor.post(url("gap_not_ours", gap), wish)
    assert page.status_code == HTTPStatus.OK and page.context["effect_theirs"].helped == 1
    assert 'id="effect-theirs"' in page.content.decode() and not OutOfScopeExample.objects.exists()
    ids = re.findall(r'\bid="(id_[^"]+)"', page.content.decode())
    assert len(ids) == len(set(ids)), "two forms stand on this page"
    again = editor.post(url("gap_not_ours", gap), wish | {"text": "450 658-1066", "confirm": "1"})
    assert again.status_code == 422 and list(again.context["theirs"].errors) == ["text"]
    response = editor.post(url("gap_not_ours", gap), wish | {"confirm": "1"}, follow=True)
    assert OutOfScopeExample.objects.get().text == WORDS and "Remises à louer" in response.content.decode()
    editor.post(url("gap_undo", gap))
    assert not OutOfScopeExample.objects.exists()


def test_a_decision_taken_meanwhile_is_said(town: SmallTown, signed_in: SignIn, gap: Gap) -> None:
    learning.dismiss(gap_id=gap.pk, by=town.manager)
    editor = signed_in(town.editor)
    for name in ("gap_teach", "gap_dismiss"):
        response = editor.post(url(name, gap), teaching(town, confirm="1"))
        assert response.status_code == HTTPStatus.CONFLICT
    assert Gap.objects.get().state == Gap.State.DISMISSED


def test_a_gap_that_does_not_exist_is_not_found(town: SmallTown, signed_in: SignIn) -> None:
    editor = signed_in(town.editor)
    assert editor.get(reverse("edition:gap", args=[987])).status_code == HTTPStatus.NOT_FOUND
    assert editor.post(reverse("edition:gap_undo", args=[987])).status_code == HTTPStatus.NOT_FOUND
    assert editor.get(f"{reverse('answers:add')}?gap=987").status_code == HTTPStatus.OK


def test_each_answer_shows_its_use_in_the_list_and_on_its_page(town: SmallTown, signed_in: SignIn) -> None:
    answer = publish_answer(town.shed, town.planning)
    for _ in range(3):
        answered(town, answer, "cabanon")
    useless(answer)
    useless(answer, useful=True)
    editor = signed_in(town.editor)
    page = editor.get(reverse("answers:list"))
    use = page.context["object_list"][0].use
    assert (use.given, use.share, use.age) == (3, 50, 0)
    assert "50\u00a0%" in page.content.decode()
    assert editor.get(reverse("answers:edit", args=[answer.pk])).status_code == HTTPStatus.OK


def test_the_screens_cost_the_same_at_1_and_50(town: SmallTown, signed_in: SignIn) -> None:
    editor = signed_in(town.editor)
    publish_answer(town.shed, town.planning)
    pages = [url("gaps"), url("check"), reverse("answers:list"), reverse("facts:list")]
    counts = []
    for many in (1, 50):
        for rank in range(many):
            unanswered(town, f"zz{chr(97 + rank % 26)}{rank}m kk{rank}q{many}")
            make_fact(f"f{many}.{rank}", town.planning)
        learning.gather()
        counts.append([min(queries_of(editor, page) for _ in range(3)) for page in pages])
    assert counts[0] == counts[1]


def queries_of(client: Client, page: str) -> int:
    with statements() as caught:
        assert client.get(page).status_code == HTTPStatus.OK
    return len(caught)
