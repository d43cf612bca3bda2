"""The editor's space in the language of the person, its lists in the order of the alphabet, its choices by name."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from parvis.catalogue.models import Subject
from parvis.directory.models import Department, User
from tests.factories import SmallTown
from tests.knowledge.makers import publish_answer

SignIn = Callable[[User], Client]


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
