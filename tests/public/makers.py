"""Factories for the tests of the public pages."""

import html
from datetime import date

from django.test import Client

from parvis.apps.catalogue.models import Question
from parvis.apps.content.models import Answer
from parvis.apps.content.services.content import bump_edition
from tests.content.makers import make_fact, publish_answer
from tests.factories import SmallTown


def shed_answer(town: SmallTown) -> Answer:
    """An answer on sheds: a fee in force until the end of 2026, an area marked as an example, a future date."""
    owner = town.planning
    make_fact("cabanon.tarif", owner, label_fr="Tarif du permis", label_en="Permit fee", valid_to=date(2026, 12, 31))
    make_fact("cabanon.aire", owner, kind="area", value=15, label_fr="Superficie", label_en="Area", example=True)
    make_fact("cabanon.date", owner, kind="date", value="2027-03-16", label_fr="Dépôt des plans", label_en="Plans due")
    answer = publish_answer(
        town.shed, owner,
        title_fr="Cabanon de jardin", title_en="Garden shed",
        short_fr="Il faut un permis. Il coûte {fact:cabanon.tarif}.",
        short_en="You need a permit. It costs {fact:cabanon.tarif}.",
        body_fr="<p>Au plus {fact:cabanon.aire}.</p>", body_en="<p>At most {fact:cabanon.aire}.</p>",
        steps_fr="Dessinez | Sur une copie du plan.", documents_fr="Certificat de localisation",
        fees_fr="Permis : {fact:cabanon.tarif}", pass_on_fr="Bord de l’eau : Bâtiment",
        links_fr="Formulaire | https://exemple.ca/permis",
        facts="cabanon.tarif\ncabanon.aire\ncabanon.date", related="nid-de-poule",
    )  # fmt: skip
    bump_edition()
    return answer


def words(client: Client, path: str, **more: object) -> str:
    """The text of a page, with ordinary spaces."""
    response = client.get(path, **more)  # type: ignore[arg-type]
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def fitting(question: Question) -> str:
    """A valid answer to the question."""
    if question.kind == Question.Kind.CHOICE:
        return str(question.choices[0]["value"])
    fits = {Question.Kind.YESNO: "no", Question.Kind.NUMBER: "12,5", Question.Kind.DATE: "2026-11-20"}
    return fits.get(Question.Kind(question.kind), "Quelques mots")
