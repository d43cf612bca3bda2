"""What a block refuses is shown, and only the refusals that it names."""

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest

from parvis.lib.errors import Conflict, Invalid, NotFound, Outdated, Refused
from parvis.ui.messages import showing_refusal


def shown(refusal: Refused, *kinds: type[Refused]) -> list[str]:
    request = HttpRequest()
    request.__dict__["_messages"] = CookieStorage(request)
    with showing_refusal(request, *kinds):
        raise refusal
    return [str(message) for message in get_messages(request)]


def test_a_conflict_is_shown_and_what_follows_answers() -> None:
    assert shown(Outdated("Read it again.")) == ["Read it again."]
    assert shown(Conflict("Too late."), Invalid, Conflict) == ["Too late."]


def test_the_words_of_a_field_come_before_those_of_the_whole() -> None:
    assert shown(Invalid("Something is missing.", {"why": "Say why."}), Invalid) == ["Say why."]


def test_other_refusals_and_what_is_not_found_have_pages_of_their_own() -> None:
    with pytest.raises(Invalid):
        shown(Invalid("Write something."))
    with pytest.raises(NotFound):
        shown(NotFound("There is none."), Refused)
    assert shown(NotFound("There is none."), NotFound) == ["There is none."]
