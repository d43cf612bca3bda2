"""Words erased by law are erased everywhere in intake, including corrections."""

from collections.abc import Callable

import pytest

from parvis.apps.cases.models import Case
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact, Correction, Matter
from parvis.apps.intake.services import contacts
from parvis.apps.intake.services.correcting import correct_matter
from parvis.apps.search.models import SpellingVariant
from parvis.lib.clock import now
from tests.factories import SmallTown, unique


def in_hand(town: SmallTown) -> Contact:
    return contacts.receive(Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent)))


def matter(town: SmallTown, contact: Contact, words: str, case: Case | None = None) -> Matter:
    outcome = Matter.Outcome.CASE if case else Matter.Outcome.UNANSWERED
    return Matter.objects.create(
        contact=contact, key=unique(), words=words, outcome=outcome, case=case, at=now(), by=town.agent
    )


def opened(town: SmallTown) -> Case:
    new_case = NewCase(key=unique(), subject=town.streetlight, nature="request", channel="phone", words="Noir.")
    return open_case(new_case, by=Actor.staff(town.agent)).case


def corrected(town: SmallTown, contact: Contact, old: str, new: str, case: Case | None = None) -> Matter:
    result = matter(town, contact, old, case)
    return correct_matter(matter_id=result.pk, changes={"words": new}, by=town.agent)


def erase(town: SmallTown, case: Case) -> None:
    erase_words(case_id=case.pk, seq=1, ground="A-2.1, a. 28", by=town.privacy_officer)


def kept_words() -> str:
    return str(list(Correction.objects.values_list("before", "after")))


def test_a_correction_no_longer_says_the_words_that_were_erased(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case, contact = opened(town), in_hand(town)
    corrected(town, contact, "Mon voisin Zacharie", "Mon voisin Zéphirin", case)
    other = corrected(town, contact, "Où est la bibliotèque", "Où est la bibliothèque")
    contacts.finish(contact_id=contact.pk, by=town.agent)
    erase(town, case)
    run_jobs()
    assert "Zacharie" not in kept_words() and "Zéphirin" not in kept_words()
    assert Correction.objects.count() == 2 and Correction.objects.get(matter=other).before["words"]
    assert not SpellingVariant.objects.filter(word__in=["zacharie", "zephirin"]).exists()  # nor to correct one


def test_a_matter_that_was_taken_back_leaves_nothing_either(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case, contact, shared = opened(town), in_hand(town), in_hand(town)
    for where in (contact, shared):
        matter(town, where, "Mon voisin Zacharie", case)
        values = {"outcome": "incident", "words": "Mon voisin Zacharie"}
        Correction.objects.create(contact=where, before=values, after={}, by=town.agent, at=now())
    matter(town, shared, "Où est la bibliothèque")
    values = {"outcome": "incident", "words": "Une fuite"}
    Correction.objects.create(contact=shared, before=values, after={}, by=town.agent, at=now())
    erase(town, case)
    run_jobs()
    assert "Zacharie" not in kept_words() and "Une fuite" in kept_words()


@pytest.mark.parametrize("seq", [2, 3])
def test_erasing_another_line_leaves_the_corrections(town: SmallTown, run_jobs: Callable[[], int], seq: int) -> None:
    case = opened(town)
    for words in ("Vu", "Revu"):
        handling.note(case_id=case.pk, words=words, by=town.technician)
    corrected(town, in_hand(town), "Mon voisin Zacharie", "Mon voisin", case)
    erase_words(case_id=case.pk, seq=seq, ground="A-2.1, a. 28", by=town.privacy_officer)
    run_jobs()
    assert "Zacharie" in kept_words()
