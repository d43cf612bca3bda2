"""The editors' space in the user's language, with its lists and choices in alphabetical order."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from wagtail.models import Task, Workflow
from wagtail.users.models import UserProfile

from parvis.apps.catalogue.models import Subject
from parvis.apps.content.models import Answer
from parvis.apps.content.rules.access import WORKFLOW
from parvis.apps.content.services.content import sync_wagtail_groups
from parvis.apps.directory.models import Department, Town, User
from parvis.apps.directory.queries import forget
from tests.content.makers import publish_answer
from tests.editor.test_editing import form_of, saved_draft
from tests.factories import SmallTown

SignIn = Callable[[User], Client]


def read_in(client: Client, language: str, address: str) -> str:
    client.cookies["lang"] = language
    return client.get(address).content.decode()


# --- The review -----------------------------------------------------------------------------------------------------


def test_the_review_is_named_in_the_language_of_who_reads(town: SmallTown, signed_in: SignIn) -> None:
    answer = saved_draft(town)
    url = reverse("answers:edit", args=[answer.pk])
    editor, manager = signed_in(town.editor), signed_in(town.manager)
    assert "Send to Review" in read_in(editor, "en", url) and "Relecture" not in read_in(editor, "en", url)
    assert "Envoyer\u00a0: Relecture" in read_in(editor, "fr", url)
    editor.post(url, form_of(town, title_fr="Cabanon relu", **{"action-submit": "1"}))  # by a user who reads French
    status = reverse("answers:workflow_history", args=[answer.pk])
    assert "Your answers under review" in read_in(editor, "en", reverse("wagtailadmin_home"))
    assert "Vos réponses en relecture" in read_in(editor, "fr", reverse("wagtailadmin_home"))
    locked = read_in(editor, "fr", url)
    assert "À relire" in locked and "Ce(tte)" not in locked
    for page in (url, status, reverse("answers:history", args=[answer.pk]), reverse("wagtailadmin_home")):
        assert "Relecture" not in read_in(manager, "en", page), page
    assert "Review" in read_in(manager, "en", status) and "Relecture" in read_in(manager, "fr", status)
    history = reverse("answers:history", args=[answer.pk])
    assert "Sent for review" in read_in(manager, "en", history)
    assert "Envoi à la relecture" in read_in(manager, "fr", history)


def test_what_is_kept_of_the_review_does_not_change_with_who_reads(town: SmallTown, signed_in: SignIn) -> None:
    read_in(signed_in(town.editor), "en", reverse("answers:add"))
    sync_wagtail_groups()
    for model in (Workflow, Task):
        with override("en"):
            model.objects.get(name=WORKFLOW).save()
        assert list(model.objects.values_list("name", flat=True)).count(WORKFLOW) == 1
        assert not model.objects.filter(name="Review").exists()


def test_the_lists_name_an_answer_in_french_whoever_saved_it(town: SmallTown, signed_in: SignIn) -> None:
    answer = saved_draft(town)
    editor = signed_in(town.editor)
    editor.cookies["lang"] = "en"
    editor.post(reverse("answers:edit", args=[answer.pk]), form_of(town, title_fr="Remise", title_en="Shed"))
    assert "Remise" in read_in(editor, "fr", reverse("answers:history", args=[answer.pk]))


# --- One's language -------------------------------------------------------------------------------------------------


def test_the_language_of_the_account_is_that_of_every_screen(town: SmallTown, signed_in: SignIn) -> None:
    editor = signed_in(town.editor)
    page = read_in(editor, "fr", "/edition/account/")
    assert "Langue des écrans" in page and "preferred_language" not in page
    names = {"name_email-first_name": "Rose", "name_email-last_name": "Roy", "theme-theme": "system"}
    chosen = {"theme-density": "default", "theme-contrast": "system", "language-language": "en"}
    response = editor.post("/edition/account/", names | chosen, follow=True)
    assert "Language of the screens" in response.content.decode() and editor.cookies["lang"].value == "en"
    assert User.objects.get(pk=town.editor.pk).language == "en"
    assert "Answers of the town" in editor.get("/edition/").content.decode()


def test_a_language_chosen_in_wagtail_before_goes_against_nothing(town: SmallTown, signed_in: SignIn) -> None:
    UserProfile.objects.create(user=town.editor, preferred_language="en")
    sync_wagtail_groups()
    assert "À regarder d’abord" in read_in(signed_in(town.editor), "fr", "/edition/")


def test_no_language_is_offered_where_the_town_has_one_only(town: SmallTown, signed_in: SignIn) -> None:
    Town.objects.update(english=Town.English.OFF)
    forget()
    assert "Langue des écrans" not in read_in(signed_in(town.editor), "fr", "/edition/account/")


# --- The alphabet ---------------------------------------------------------------------------------------------------


def test_answers_and_owners_stand_where_the_alphabet_puts_them_accents_apart(
    town: SmallTown, signed_in: SignIn
) -> None:
    Department.objects.filter(pk=town.works.pk).update(name_fr="Égouts")
    Department.objects.filter(pk=town.planning.pk).update(name_fr="Zonage")
    for subject, title in ((town.shed, "Zonage"), (town.pothole, "Égout bouché"), (town.streetlight, "Feux de rue")):
        publish_answer(subject, town.planning, title_fr=title)
    answers = signed_in(town.editor).get(reverse("answers:list"))
    assert [item.title_fr for item in answers.context["object_list"]] == ["Égout bouché", "Feux de rue", "Zonage"]
    owners = [str(label) for _, label in answers.context["filters"].form.fields["owner"].choices]
    assert owners.index("Égouts") < owners.index("Zonage")


def test_the_owner_sorts_the_list_by_the_name_that_is_read(town: SmallTown, signed_in: SignIn) -> None:
    Department.objects.filter(pk=town.works.pk).update(name_fr="Égouts", name_en="Sewers")
    Department.objects.filter(pk=town.planning.pk).update(name_fr="Zonage", name_en="Planning")
    publish_answer(town.shed, town.planning)
    publish_answer(town.pothole, town.works)
    editor = signed_in(town.editor)
    for language, first in (("fr", town.works), ("en", town.planning)):
        editor.cookies["lang"] = language
        rows = editor.get(f"{reverse('answers:list')}?ordering=alpha_owner").context["object_list"]
        assert rows[0].owner == first


def test_subjects_are_offered_in_the_order_of_the_alphabet(town: SmallTown, signed_in: SignIn) -> None:
    Subject.objects.filter(pk=town.pothole.pk).update(title_fr="Égout")
    Subject.objects.filter(pk=town.shed.pk).update(title_fr="Zonage")
    form = signed_in(town.editor).get(reverse("answers:add")).context["form"]
    titles = [str(label) for _, label in form.fields["subject"].choices]
    assert titles.index("Égout") < titles.index("Lampadaire éteint") < titles.index("Zonage")


# --- Related subjects -----------------------------------------------------------------------------------------------


def test_related_subjects_are_chosen_by_name_and_kept_as_they_were(town: SmallTown, signed_in: SignIn) -> None:
    answer = saved_draft(town, related=f"{town.streetlight.slug}\n{town.pothole.slug}")
    editor, url = signed_in(town.editor), reverse("answers:edit", args=[answer.pk])
    page = editor.get(url).content.decode()
    assert f'<option value="{town.streetlight.slug}" selected>{town.streetlight.title_fr}</option>' in page
    assert page.count('name="related"') >= 4 and "Sujet voisin 2" in page
    assert not editor.get(url).context["form"].fields["related"].has_changed(answer.related, answer.related)
    chosen = [town.pothole.slug, "", town.streetlight.slug, town.pothole.slug]
    editor.post(url, form_of(town) | {"related": chosen})
    draft = Answer.objects.get(pk=answer.pk).get_latest_revision_as_object()
    assert draft.related == f"{town.pothole.slug}\n{town.streetlight.slug}"
