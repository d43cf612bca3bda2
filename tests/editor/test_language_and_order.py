"""The editor's space in the language of the person, its lists in the order of the alphabet, its choices by name."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse
from wagtail.users.models import UserProfile

from parvis.catalogue.models import Subject
from parvis.directory.models import Department, Town, User
from parvis.directory.queries import forget
from parvis.knowledge.services import sync_wagtail_groups
from tests.factories import SmallTown
from tests.knowledge.makers import publish_answer

SignIn = Callable[[User], Client]


def read_in(client: Client, language: str, address: str) -> str:
    client.cookies["lang"] = language
    return client.get(address).content.decode()


# --- One's language -------------------------------------------------------------------------------------------------


def test_the_language_of_the_account_is_that_of_every_screen(town: SmallTown, signed_in: SignIn) -> None:
    editor = signed_in(town.editor)
    page = read_in(editor, "fr", "/edition/account/")
    assert "Langue des écrans" in page and "preferred_language" not in page
    names = {"name_email-first_name": "Rose", "name_email-last_name": "Roy", "theme-theme": "system"}
    chosen = {"theme-density": "default", "theme-contrast": "system", "language-language": "en"}
    told = editor.post("/edition/account/", names | chosen, follow=True)
    assert "Language of the screens" in told.content.decode() and editor.cookies["lang"].value == "en"
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
    assert [one.title_fr for one in answers.context["object_list"]] == ["Égout bouché", "Feux de rue", "Zonage"]
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
