"""A letter refused by the receiving server becomes a callback, so that the citizen still gets the news."""

from collections.abc import Callable

import pytest

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor, User
from parvis.apps.intake.models import Callback
from parvis.apps.intake.tasks import sweep_calls
from parvis.apps.mail.models import Outgoing
from tests.factories import SmallTown, make_person, unique
from tests.mail.conftest import Post

pytestmark = pytest.mark.django_db
REFUSAL = "550 5.1.1 No such user"


def opened(town: SmallTown, *, phone: str = "+14185550123") -> Case:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="phone", words="Il fait noir.",
        person=make_person(email="jeanne@exemple.ca", phone=phone),
    )  # fmt: skip
    return open_case(new_case, by=Actor.staff(town.agent)).case


def notify(case: Case, words: str, by: User) -> Entry:
    handling.answer(case_id=case.pk, words=words, by=by)
    return Entry.objects.get(case=case, kind=Entry.Kind.ANSWERED)


def test_a_refused_letter_is_told_by_phone_instead_once(
    town: SmallTown, post: Post, run_jobs: Callable[[], int]
) -> None:
    case = opened(town)
    run_jobs()
    sweep_calls()
    assert not Callback.objects.exists(), "a letter that left is enough"
    post.to_recipient = REFUSAL
    entry = notify(case, "Le poteau sera remplacé.", town.technician)
    run_jobs()
    for _time in range(2):
        sweep_calls()
    [call] = Callback.objects.all()
    assert (call.entry, call.case, call.person, call.phone) == (entry, case, case.person, "+14185550123")
    assert REFUSAL in call.reason and "Le poteau sera remplacé." in call.reason
    assert call.done_at is None and call.due_at > entry.at


def test_nobody_is_called_without_a_number_or_for_words_erased_by_law(
    town: SmallTown, post: Post, run_jobs: Callable[[], int]
) -> None:
    post.to_recipient = REFUSAL
    silent, erased = opened(town, phone=""), opened(town)
    run_jobs()
    assert set(Outgoing.objects.values_list("state", flat=True)) == {Outgoing.State.FAILED}
    erase_words(case_id=erased.pk, seq=1, ground="A-2.1, a. 28", by=town.privacy_officer)
    sweep_calls()
    assert not Callback.objects.filter(case__in=[silent, erased]).exists()


def test_a_letter_about_something_else_calls_nobody(town: SmallTown, post: Post, run_jobs: Callable[[], int]) -> None:
    from_another_door = opened(town)
    run_jobs()
    Outgoing.objects.update(state=Outgoing.State.FAILED, renderer="parvis.apps.identity.letters.reset")
    sweep_calls()
    assert not Callback.objects.filter(case=from_another_door).exists()
