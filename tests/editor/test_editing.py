"""The editors' space, for those who have access and those who do not."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from wagtail.models import WorkflowState
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text

from parvis.apps.content.models import Answer, Fact
from parvis.apps.content.queries import answers
from parvis.apps.content.tasks import publish_due
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.matching.queries import suggesting
from parvis.lib import clock
from tests.content.makers import draft_answer, make_fact, publish_answer
from tests.factories import SmallTown

SignIn = Callable[[User], Client]


def form_of(town: SmallTown, **values: Any) -> dict[str, Any]:
    """The complete data of an answer's form."""
    names = ("title", "short", "summary", "steps", "documents", "fees", "ask", "avoid", "pass_on", "links")
    empty = {f"{name}_{lang}": "" for name in names for lang in ("fr", "en")}
    filled = {
        "subject": town.shed.pk,
        "title_fr": "Cabanon",
        "short_fr": "Il faut un permis.",
        "summary_fr": "Permis de cabanon",
        "body_fr": rich_text(""),
        "body_en": rich_text(""),
        "facts": "",
        "related": "",
        "audiences": ["resident"],
        "owner": town.planning.pk,
        "review_on": "2027-06-01",
        "audience_variants": inline_formset([]),
    }
    sent: dict[str, Any] = nested_form_data(empty | filled | values)
    return sent


def saved_draft(town: SmallTown, **values: Any) -> Answer:
    answer = draft_answer(town.shed, town.planning, **values)
    answer.save()
    answer.save_revision()
    return answer


# --- Access -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("page", ["wagtailadmin_home", "answers:list", "answers:add", "facts:list", "facts:add"])
def test_only_those_who_edit_or_publish_enter(town: SmallTown, signed_in: SignIn, role: Role, page: str) -> None:
    status = signed_in(town.staff[role]).get(reverse(page)).status_code
    assert status == (HTTPStatus.OK if role in (Role.EDITOR, Role.MANAGER, Role.CLERK) else HTTPStatus.FORBIDDEN)


def test_someone_not_signed_in_is_led_to_the_house_s_own_door(town: SmallTown, client: Client) -> None:
    response = client.get("/edition/answers/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/staff/login/")
    assert client.get("/edition/login/").headers["Location"].startswith("/staff/login/")


def test_the_menu_holds_answers_and_facts_only(town: SmallTown, signed_in: SignIn) -> None:
    page = signed_in(town.editor).get("/edition/").content.decode()
    menu = page[page.index("wagtail-sidebar-props") : page.index('id="wagtail-sidebar"')]
    for name in ("answers", "facts"):
        assert f'"name": "{name}"' in menu
    for name in ("explorer", "images", "documents", "reports", "settings", "snippets", "help"):
        assert f'"name": "{name}"' not in menu


@pytest.mark.parametrize(
    "search",
    ["images/chooser/results/?q=parc", "documents/chooser/results/?q=plan", "choose-page/search/?q=accueil"],
)
def test_something_to_insert_is_searched_for(town: SmallTown, signed_in: SignIn, search: str) -> None:
    assert signed_in(town.editor).get(f"/edition/{search}").status_code == HTTPStatus.OK


def test_an_address_that_leads_nowhere_leads_back_to_the_answers(town: SmallTown, signed_in: SignIn) -> None:
    page = signed_in(town.editor).get("/edition/answers/edit/99999/nowhere/")
    text = page.content.decode()
    assert page.status_code == HTTPStatus.NOT_FOUND and "Page introuvable" in text
    assert f'href="{reverse("wagtailadmin_home")}"' in text


def test_nobody_deletes_an_answer(town: SmallTown, signed_in: SignIn) -> None:
    answer = publish_answer(town.shed, town.planning)
    for person in (town.editor, town.manager):
        client = signed_in(person)
        client.post(reverse("answers:delete", args=[answer.pk]))
        assert Answer.objects.filter(pk=answer.pk).exists()


# --- Writing ------------------------------------------------------------------------------------------------------


def test_a_new_answer_is_drafted_for_a_subject_without_one(town: SmallTown, signed_in: SignIn) -> None:
    editor = signed_in(town.editor)
    page = editor.get(reverse("answers:add")).content.decode()
    assert "Lampadaire éteint" in page
    editor.post(reverse("answers:add"), form_of(town, short_en="You need a permit."))
    answer = Answer.objects.get(subject=town.shed)
    assert not answer.live
    assert answers.current_answer("cabanon") is None
    assert answer.get_latest_revision_as_object().short_en == "You need a permit."
    page = editor.get(reverse("answers:add")).content.decode()
    assert f'<option value="{town.streetlight.pk}">Lampadaire éteint</option>' in page
    assert f'<option value="{town.shed.pk}">Cabanon</option>' not in page


def test_an_editor_submits_and_does_not_publish(town: SmallTown, signed_in: SignIn) -> None:
    answer = saved_draft(town)
    editor = signed_in(town.editor)
    url = reverse("answers:edit", args=[answer.pk])
    assert "action-publish" not in editor.get(url).content.decode()
    editor.post(url, form_of(town, title_fr="Cabanon revu", **{"action-publish": "1"}))
    answer.refresh_from_db()
    assert not answer.live
    editor.post(url, form_of(town, title_fr="Cabanon relu", **{"action-submit": "1"}))
    assert answer.current_workflow_state.status == WorkflowState.STATUS_IN_PROGRESS
    assert answers.current_answer("cabanon") is None
    page = editor.get(reverse("answers:list")).content.decode()
    assert "c’est envoyé à la relecture" in page and "planifié" not in page, "it is not to be published yet"


def test_what_waits_for_someone_to_read_it_comes_first_on_their_home(town: SmallTown, signed_in: SignIn) -> None:
    answer = saved_draft(town)
    url = reverse("answers:edit", args=[answer.pk])
    signed_in(town.editor).post(url, form_of(town, title_fr="Cabanon relu", **{"action-submit": "1"}))
    home = signed_in(town.manager).get(reverse("wagtailadmin_home")).content.decode()
    assert home.index("Cabanon relu") < home.index("À regarder d’abord")


@pytest.mark.parametrize("page", ["answers:add", "facts:add", "answers:list", "facts:list"])
def test_no_word_of_the_editors_space_is_cut_in_two_genders(town: SmallTown, signed_in: SignIn, page: str) -> None:
    editor = signed_in(town.editor)
    url = reverse(page)
    response = editor.post(url, {}) if page.endswith("add") else editor.get(url, {"q": "introuvable"})
    for cut in ("(e)", "(la)", "(le)", "(une)"):
        assert cut not in response.content.decode()


@pytest.mark.parametrize(
    ("field", "words", "said"),
    [
        ("short_fr", "Coût: {fact:inconnu}", "Il n’y a pas de fait «\u00a0inconnu\u00a0»."),
        ("fees_en", "A permit is $50.", "«\u00a0$50\u00a0» est une valeur"),
        ("steps_fr", "Payez | Avant le 1er mai.", "«\u00a01er mai\u00a0» est une valeur"),
        ("title_fr", "Cabanon {tarif}", "«\u00a0{tarif}\u00a0» n’est pas un renvoi à un fait."),
        ("facts", "tarif\ninconnu", "Il n’y a pas de fait «\u00a0inconnu\u00a0»."),
        ("related", "garage", "Il n’y a pas de sujet «\u00a0garage\u00a0»."),
    ],
)
def test_what_may_not_stand_in_an_answer_is_refused_beside_its_field(
    town: SmallTown, signed_in: SignIn, field: str, words: str, said: str
) -> None:
    make_fact("tarif", town.planning)
    answer = saved_draft(town)
    response = signed_in(town.editor).post(reverse("answers:edit", args=[answer.pk]), form_of(town, **{field: words}))
    assert response.status_code == HTTPStatus.OK
    errors = response.context["form"].errors
    assert list(errors) == [field]
    assert said in errors[field][0]
    assert words.splitlines()[-1] in response.content.decode().replace("&#x27;", "'")


def test_the_words_of_an_audience_are_checked_too(town: SmallTown, signed_in: SignIn) -> None:
    answer = saved_draft(town)
    variant = {"audience": "merchant", "short_fr": "C’est 50 $.", "short_en": ""}
    response = signed_in(town.editor).post(
        reverse("answers:edit", args=[answer.pk]), form_of(town, audience_variants=inline_formset([variant]))
    )
    assert "50 $" in str(response.context["form"].formsets["audience_variants"].errors)


def test_the_preview_shows_the_draft_as_readers_would_see_it(town: SmallTown, signed_in: SignIn) -> None:
    make_fact("tarif", town.planning)
    answer = saved_draft(town)
    editor = signed_in(town.editor)
    url = reverse("answers:preview_on_edit", args=[answer.pk])
    editor.post(url, form_of(town, short_fr="Coût: {fact:tarif}", short_en="Cost: {fact:tarif}"))
    assert "Coût: <b>42,50\u00a0$</b>" in editor.get(f"{url}?mode=desk-fr").content.decode()
    response = editor.get(f"{url}?mode=public-en")
    assert "Cost: <b>$42.50</b>" in response.content.decode()
    assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]


def test_history_and_comparison_show_what_changed(town: SmallTown, signed_in: SignIn) -> None:
    answer = publish_answer(town.shed, town.planning)
    answer.short_fr = "Il faut deux permis."
    answer.save_revision().publish()
    editor = signed_in(town.editor)
    assert editor.get(reverse("answers:history", args=[answer.pk])).status_code == HTTPStatus.OK
    page = editor.get(reverse("answers:revisions_compare", args=[answer.pk, "earliest", "latest"])).content.decode()
    assert '<span class="deletion">un permis</span>' in page or ">deux<" in page


# --- Ways to publish ----------------------------------------------------------------------------------------------


def test_a_manager_publishes_and_agents_have_it_at_once(town: SmallTown, signed_in: SignIn) -> None:
    answer = saved_draft(town)
    before = answers.edition()
    signed_in(town.manager).post(
        reverse("answers:edit", args=[answer.pk]), form_of(town, title_fr="Cabanon neuf", **{"action-publish": "1"})
    )
    assert answers.edition() > before
    assert suggesting.suggest("cabanon").hits[0].title == "Cabanon neuf"
    current = answers.current_answer("cabanon")
    assert current is not None
    assert answers.live_revision("cabanon") == current.live_revision_id == current.latest_revision_id


@pytest.mark.parametrize("title", ["Cabanon relu", "Cabanon relu et corrigé"])
def test_approving_on_the_page_of_the_answer_publishes_what_stands_there(
    town: SmallTown, signed_in: SignIn, title: str
) -> None:
    answer = saved_draft(town)
    url = reverse("answers:edit", args=[answer.pk])
    signed_in(town.editor).post(url, form_of(town, title_fr="Cabanon relu", **{"action-submit": "1"}))
    manager = signed_in(town.manager)
    assert "Approuver et Publier" in manager.get(url).content.decode().replace("\u00a0", " ")
    pressed = {"action-workflow-action": "true", "workflow-action-name": "approve", "workflow-action-extra-data": "{}"}
    manager.post(url, form_of(town, title_fr=title, **pressed))
    current = answers.current_answer("cabanon")
    assert current is not None and current.title_fr == title
    assert current.current_workflow_state is None, "it no longer waits to be read"


def test_who_wrote_hears_of_the_approval_by_a_letter_of_the_town(
    town: SmallTown, signed_in: SignIn, run_jobs: Callable[[], int], settings: Settings
) -> None:
    settings.PARVIS_MAILBOX = False
    User.objects.filter(pk=town.editor.pk).update(email="redaction@ville.example")
    url = reverse("answers:edit", args=[saved_draft(town).pk])
    signed_in(town.editor).post(url, form_of(town, title_fr="Cabanon relu", **{"action-submit": "1"}))
    pressed = {"action-workflow-action": "true", "workflow-action-name": "approve", "workflow-action-extra-data": "{}"}
    signed_in(town.manager).post(url, form_of(town, title_fr="Cabanon relu", **pressed))
    assert mail.outbox == [], "nobody waits for a mail server"
    run_jobs()
    [letter] = mail.outbox
    assert letter.to == ["redaction@ville.example"] and letter.from_email.endswith("@anse.exemple.ca")
    assert "Cabanon relu" in f"{letter.subject} {letter.body}"


def test_an_editor_does_not_change_what_waits_to_be_read(town: SmallTown, signed_in: SignIn) -> None:
    answer = saved_draft(town)
    url = reverse("answers:edit", args=[answer.pk])
    editor = signed_in(town.editor)
    editor.post(url, form_of(town, title_fr="Cabanon relu", **{"action-submit": "1"}))
    editor.post(url, form_of(town, title_fr="Changé après coup"))
    draft = Answer.objects.get(pk=answer.pk).get_latest_revision_as_object()
    assert draft.title_fr == "Cabanon relu"


def test_a_manager_approves_what_an_editor_submitted(town: SmallTown, signed_in: SignIn) -> None:
    answer = saved_draft(town)
    url = reverse("answers:edit", args=[answer.pk])
    signed_in(town.editor).post(url, form_of(town, title_fr="Cabanon relu", **{"action-submit": "1"}))
    before = answers.edition()
    state = answer.current_workflow_task_state
    action = reverse("answers:workflow_action", args=[answer.pk, "approve", state.pk])
    signed_in(town.editor).post(action, {"comment": ""})
    assert answers.edition() == before
    signed_in(town.manager).post(action, {"comment": ""})
    assert answers.edition() > before
    assert suggesting.suggest("cabanon").hits[0].title == "Cabanon relu"


def test_a_publication_on_a_set_day_comes_and_goes_by_itself(town: SmallTown) -> None:
    answer = saved_draft(town, go_live_at=timezone.now() + timedelta(hours=1))
    answer.get_latest_revision().publish()
    assert answers.current_answer("cabanon") is None
    passed = timezone.now() - timedelta(minutes=1)
    revision = answer.get_latest_revision()
    revision.content = {**revision.content, "go_live_at": passed.isoformat()}
    revision.approved_go_live_at = passed
    revision.save()
    before = answers.edition()
    publish_due()
    assert answers.edition() > before
    assert answers.current_answer("cabanon") is not None
    Answer.objects.filter(pk=answer.pk).update(expire_at=timezone.now() - timedelta(minutes=1))
    before = answers.edition()
    publish_due()
    assert answers.edition() > before
    assert answers.current_answer("cabanon") is None


def test_a_draft_of_a_published_answer_changes_nothing_for_readers(town: SmallTown, signed_in: SignIn) -> None:
    answer = publish_answer(town.shed, town.planning)
    before = answers.edition()
    signed_in(town.editor).post(reverse("answers:edit", args=[answer.pk]), form_of(town, title_fr="Brouillon"))
    current = answers.current_answer("cabanon")
    assert current is not None
    assert current.title_fr == "Cabanon"
    assert answers.edition() == before


# --- Facts --------------------------------------------------------------------------------------------------------


def fact_form(fact: Fact, **values: Any) -> dict[str, Any]:
    return {
        "key": fact.key,
        "kind": fact.kind,
        "label_fr": fact.label_fr,
        "label_en": fact.label_en,
        "value_fr": "42,50",
        "value_en": "",
        "unit": "",
        "source_title": fact.source_title,
        "source_url": "",
        "valid_from": "",
        "valid_to": "",
        "verified_on": "2026-11-20",
        "verified_by": "",
        "owner": fact.owner_id,
    } | values


def test_changing_a_fact_keeps_the_version_before_and_says_who_verified(town: SmallTown, signed_in: SignIn) -> None:
    fact = make_fact("tarif", town.planning)
    publisher = signed_in(town.manager)
    url = reverse("facts:edit", args=[fact.pk])
    assert 'value="42,50"' in publisher.get(url).content.decode() or "42,50" in publisher.get(url).content.decode()
    before = answers.edition()
    assert publisher.post(url, fact_form(fact, value_fr="50 $")).status_code == HTTPStatus.FOUND
    new = Fact.objects.get(key="tarif", replaced_at__isnull=True)
    assert (new.value, new.verified_by) == (5000, town.manager.display_name)
    assert Fact.objects.get(pk=fact.pk).value == 4250
    assert answers.edition() > before
    page = publisher.get(reverse("facts:edit", args=[new.pk])).content.decode()
    assert "42,50\u00a0$" in page


def test_the_page_of_a_fact_says_from_when_to_when_each_version_holds(town: SmallTown, signed_in: SignIn) -> None:
    fact = make_fact("tarif", town.planning)
    publisher = signed_in(town.manager)
    held = {"valid_from": "2027-05-02", "valid_to": "2027-06-01"}
    publisher.post(reverse("facts:edit", args=[fact.pk]), fact_form(fact, **held))
    new = Fact.objects.get(key="tarif", replaced_at__isnull=True)
    page = publisher.get(reverse("facts:edit", args=[new.pk])).content.decode()
    assert "du 2\u00a0mai au 1er\u00a0juin 2027" in page and "remplacée le" in page
    assert reverse("facts:history", args=[new.pk]) not in page, "it would show none of these versions"
    assert reverse("facts:usage", args=[new.pk]) not in page, "it would count none of the answers that show it"


def test_a_new_fact_is_added_once(town: SmallTown, signed_in: SignIn) -> None:
    fact = make_fact("tarif", town.planning)
    publisher = signed_in(town.manager)
    url = reverse("facts:add")
    words = fact_form(fact, key="nouveau", kind="text", value_fr="un par terrain", value_en="one per lot")
    publisher.post(url, words)
    assert Fact.objects.get(key="nouveau").value == {"fr": "un par terrain", "en": "one per lot"}
    again = publisher.post(url, words)
    assert "key" in again.context["form"].errors


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"value_fr": "gratuit"}, "value_fr"),
        ({"value_fr": ""}, "value_fr"),
        ({"valid_from": "2026-05-02", "valid_to": "2026-05-01"}, "valid_to"),
    ],
)
def test_a_fact_that_cannot_be_read_is_refused_beside_its_field(
    town: SmallTown, signed_in: SignIn, values: dict[str, str], field: str
) -> None:
    fact = make_fact("tarif", town.planning)
    response = signed_in(town.editor).post(reverse("facts:edit", args=[fact.pk]), fact_form(fact, **values))
    assert list(response.context["form"].errors) == [field]
    assert Fact.objects.count() == 1


def test_the_page_of_facts_lists_what_must_be_mended(town: SmallTown, signed_in: SignIn) -> None:
    today = clock.today()
    make_fact("sur", town.planning, label_fr="Chose sûre")
    make_fact("bientot", town.planning, label_fr="Chose qui expire", valid_to=today + timedelta(days=30))
    make_fact("expire", town.planning, label_fr="Chose expirée", valid_to=today - timedelta(days=1))
    make_fact("exemple", town.planning, label_fr="Chose inventée", example=True)
    editor = signed_in(town.editor)
    listed = {
        state: editor.get(f"{reverse('facts:list')}?state={state}").content.decode()
        for state in ("mend", "soon", "lapsed", "example")
    }
    assert "Chose sûre" not in "".join(listed.values())
    assert all(name in listed["mend"] for name in ("Chose qui expire", "Chose expirée", "Chose inventée"))
    assert "Chose qui expire" in listed["soon"]
    assert "Chose expirée" not in listed["soon"]
    assert "Chose expirée" in listed["lapsed"]
    assert "Chose inventée" in listed["example"]
    home = editor.get("/edition/").content.decode()
    assert "Chose expirée" in home


@pytest.mark.parametrize("page", ["answers:list", "facts:list"])
def test_lists_cost_the_same_queries_at_two_rows_and_at_twenty(
    town: SmallTown, signed_in: SignIn, page: str, django_assert_max_num_queries: Any
) -> None:
    editor = signed_in(town.editor)
    publish_answer(town.shed, town.planning)
    publish_answer(town.pothole, town.works)
    for n in range(20):
        make_fact(f"f{n}", town.works)
    editor.get(reverse(page))
    with django_assert_max_num_queries(25):
        editor.get(reverse(page))
